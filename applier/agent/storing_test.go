package agent

import (
	"errors"
	"testing"
)

// Kind of fault: an agent that is alive, but can't report, for example because the CRD does not have a
// field of its report.
func TestNoSignOfLifeWhileTheReportCanNotBeStored(t *testing.T) {
	refused := errors.New("field not declared in schema")
	var s storing
	if !s.works(at(0)) {
		t.Error("nothing was stored yet")
	}
	s.note(refused, at(0))
	s.note(refused, at(100))
	if !s.works(at(119)) || s.works(at(120)) {
		t.Error("it is not two minutes from the first failure")
	}
	s.note(nil, at(130))
	if !s.works(at(130)) {
		t.Error("it is stored again")
	}
}
