package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The elements of JUnit XML that test dashboards read.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		ClassName string        `xml:"classname,attr"`
		File      string        `xml:"file,attr"`
		Line      int           `xml:"line,attr,omitempty"`
		Error     *junitFailure `xml:"error,omitempty"`
		Failure   *junitFailure `xml:"failure,omitempty"`
		Skipped   *junitSkipped `xml:"skipped,omitempty"`
		Output    string        `xml:"system-out,omitempty"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
	junitFailure struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes a suite for each file, and a case for each document in it. What is not judged
// is skipped, and what can't be read is an error.
func writeJUnit(w io.Writer, c Check) error {
	all := junitSuites{Name: "sluice check"}
	for _, r := range c.Results {
		all.add(junitCaseOf(r))
	}
	for _, n := range c.NotJudged {
		all.add(junitCase{Name: fmt.Sprintf("not judged (line %d)", n.Line), ClassName: n.File, File: n.File, Line: n.Line, Skipped: &junitSkipped{n.Text()}})
	}
	for _, p := range c.Unreadable {
		all.add(junitCase{Name: "can't be read", ClassName: p.File, File: p.File, Line: p.Line, Error: &junitFailure{Type: "Unreadable", Message: p.Message, Text: p.Message}})
	}
	return encodeJUnit(w, all)
}

// add adds a case to the suite of its file.
func (all *junitSuites) add(c junitCase) {
	at := slices.IndexFunc(all.Suites, func(s junitSuite) bool { return s.Name == c.File })
	if at < 0 {
		at = len(all.Suites)
		all.Suites = append(all.Suites, junitSuite{Name: c.File})
	}
	suite := &all.Suites[at]
	suite.Cases = append(suite.Cases, c)
	suite.Tests++
	all.Tests++
	switch {
	case c.Error != nil:
		suite.Errors++
		all.Errors++
	case c.Failure != nil:
		suite.Failures++
		all.Failures++
	case c.Skipped != nil:
		suite.Skipped++
	}
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
