package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// The elements of JUnit XML that test dashboards read.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		ClassName string        `xml:"classname,attr"`
		File      string        `xml:"file,attr"`
		Line      int           `xml:"line,attr,omitempty"`
		Failure   *junitFailure `xml:"failure,omitempty"`
		Output    string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes a suite for each file, and a case for each document in it.
func writeJUnit(w io.Writer, results []Result) error {
	all := junitSuites{Name: "sluice check"}
	for _, r := range results {
		if n := len(all.Suites); n == 0 || all.Suites[n-1].Name != r.File {
			all.Suites = append(all.Suites, junitSuite{Name: r.File})
		}
		suite := &all.Suites[len(all.Suites)-1]
		c := junitCaseOf(r)
		suite.Cases = append(suite.Cases, c)
		suite.Tests++
		all.Tests++
		if c.Failure != nil {
			suite.Failures++
			all.Failures++
		}
	}
	return encodeJUnit(w, all)
}

func encodeJUnit(w io.Writer, all junitSuites) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func junitCaseOf(r Result) junitCase {
	c := junitCase{Name: fmt.Sprintf("%s (line %d)", r.title(), r.Line), ClassName: r.File, File: r.File, Line: r.Line}
	var failures, warnings []string
	for _, i := range r.issues() {
		line := fmt.Sprintf("%s:%d: %s", r.File, r.line(i), i.text)
		if i.failure {
			failures = append(failures, line)
		} else {
			warnings = append(warnings, line)
		}
	}
	if len(failures) > 0 {
		failures = append(failures, r.notes()...)
	} else {
		warnings = append(warnings, r.notes()...)
	}
	c.Output = strings.Join(warnings, "\n")
	if len(failures) > 0 {
		c.Failure = &junitFailure{
			Type:    string(r.Outcome()),
			Message: fmt.Sprintf("%s: %s", r.title(), lower(r.Outcome())),
			Text:    strings.Join(failures, "\n"),
		}
	}
	return c
}
