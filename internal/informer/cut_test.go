package informer

import (
	"testing"
	"time"

	"github.com/go-logr/logr"
)

func TestAnInformerIsCutWhileNoWatchIsOpen(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	i, err := New(fakeClient(t).Resource(configMaps), "", "configmaps", logr.Discard(), Clock(func() time.Time { return now }))
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		what string
		do   func()
		cut  bool
	}{
		{"at first", func() {}, false},
		{"a watch opens", i.opened, false},
		{"another one replaces it", i.opened, false},
		{"the first one ends", i.closed, false},
		{"the second one ends", i.closed, true},
		{"a watch opens again", i.opened, false},
	} {
		step.do()
		if cut := i.Cut(); (cut != nil) != step.cut || cut != nil && !cut.Equal(now) {
			t.Errorf("%s: cut since %v", step.what, cut)
		}
	}
}
