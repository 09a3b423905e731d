package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"sluice/cmd/sluice/internal/report"
)

// junitElements is what junit-10.xsd of Jenkins' xUnit plugin, the strictest common schema of JUnit
// reports, allows of the elements that Sluice writes: the attributes and the children.
var junitElements = map[string]struct{ attributes, children string }{
	"testsuites": {"name time tests failures disabled errors", "testsuite"},
	"testsuite": {
		"name tests failures errors time disabled skipped skips timestamp hostname id package assertions file skip log url",
		"testsuite properties testcase system-out system-err",
	},
	"testcase": {
		"name assertions time timestamp classname status class file line log group url",
		"skipped error failure rerunFailure rerunError system-out system-err",
	},
	"failure":    {"type message", ""},
	"error":      {"type message", ""},
	"skipped":    {"type message", ""},
	"system-out": {"", ""},
}

func TestJUnitFitsTheUsualSchema(t *testing.T) {
	for name, text := range map[string][]byte{
		"nothing":    renderCheck(t, report.JUnit, report.Check{}, report.Options{}),
		"everything": renderCheck(t, report.JUnit, complete(), report.Options{}),
	} {
		if problems := junitProblems(t, text); len(problems) > 0 {
			t.Errorf("%s: %s", name, strings.Join(problems, "; "))
		}
	}
	// The comparison finds what the schema refuses.
	if got := junitProblems(t, []byte(`<testsuites skipped="1"><testcase/></testsuites>`)); len(got) != 2 {
		t.Errorf("problems %q", got)
	}
}

func junitProblems(t *testing.T, text []byte) []string {
	t.Helper()
	var problems, path []string
	decoder := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return problems
		}
		if err != nil {
			t.Fatal(err)
		}
		switch element := token.(type) {
		case xml.StartElement:
			name := element.Name.Local
			if len(path) > 0 && !slices.Contains(strings.Fields(junitElements[path[len(path)-1]].children), name) {
				problems = append(problems, name+" in "+path[len(path)-1])
			}
			for _, a := range element.Attr {
				if !slices.Contains(strings.Fields(junitElements[name].attributes), a.Name.Local) {
					problems = append(problems, "attribute "+a.Name.Local+" of "+name)
				}
			}
			path = append(path, name)
		case xml.EndElement:
			path = path[:len(path)-1]
		}
	}
}
