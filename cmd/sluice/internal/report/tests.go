package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// TestCase is what came of one test of a suite.
type TestCase struct {
	File string `json:"file"`
	Name string `json:"name"`
	// Problems say what is not as expected; none is a pass.
	Problems []string `json:"problems,omitempty"`
	// Told is what the user would be told.
	Told []string `json:"told,omitempty"`
}

// Passed reports whether everything was as expected.
func (c TestCase) Passed() bool { return len(c.Problems) == 0 }

// ParseTestFormat finds the format of a name; tests have fewer than checks.
func ParseTestFormat(name string) (Format, error) {
	switch f := Format(name); f {
	case Text, JSON, JUnit:
		return f, nil
	default:
		return "", fmt.Errorf("%q is unknown; choose text, json or junit", name)
	}
}

// WriteTests renders tests, in their order.
func WriteTests(w io.Writer, format Format, cases []TestCase, o Options) error {
	failed := 0
	for _, c := range cases {
		if !c.Passed() {
			failed++
		}
	}
	switch format {
	case JSON:
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(struct {
			Tests   []TestCase     `json:"tests"`
			Summary map[string]int `json:"summary"`
		}{append([]TestCase{}, cases...), map[string]int{"passed": len(cases) - failed, "failed": failed}})
	case JUnit:
		return writeTestsJUnit(w, cases, failed)
	default:
		return writeTestsText(w, cases, failed, painter(o.Color))
	}
}

func writeTestsText(w io.Writer, cases []TestCase, failed int, p painter) error {
	out := bufio.NewWriter(w)
	for _, c := range cases {
		name := escapeControl(c.File + ": " + c.Name)
		if c.Passed() {
			fmt.Fprintln(out, p.paint(green, "ok    "), name)
			continue
		}
		fmt.Fprintln(out, p.paint(red, "FAILED"), name)
		for _, problem := range c.Problems {
			fmt.Fprintln(out, "         "+escapeControl(problem))
		}
		for _, line := range c.Told {
			fmt.Fprintln(out, "         told: "+escapeControl(line))
		}
		if len(c.Told) == 0 {
			fmt.Fprintln(out, "         told: nothing")
		}
	}
	fmt.Fprintf(out, "%s: %d passed, %d failed\n", strings.TrimSpace(plural(len(cases), "test")), len(cases)-failed, failed)
	return out.Flush()
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func writeTestsJUnit(w io.Writer, cases []TestCase, failed int) error {
	all := junitSuites{Name: "sluice policy test", Tests: len(cases), Failures: failed}
	for _, c := range cases {
		if n := len(all.Suites); n == 0 || all.Suites[n-1].Name != c.File {
			all.Suites = append(all.Suites, junitSuite{Name: c.File})
		}
		suite := &all.Suites[len(all.Suites)-1]
		suite.Tests++
		test := junitCase{Name: c.Name, ClassName: c.File, File: c.File, Output: strings.Join(c.Told, "\n")}
		if !c.Passed() {
			suite.Failures++
			test.Failure = &junitFailure{Type: "expectation", Message: c.Problems[0], Text: strings.Join(c.Problems, "\n")}
		}
		suite.Cases = append(suite.Cases, test)
	}
	return encodeJUnit(w, all)
}
