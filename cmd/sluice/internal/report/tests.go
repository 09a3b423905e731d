package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"sluice/cmd/internal/output"
	"sluice/cmd/internal/printable"
)

// TestCase is the result of one test of a suite.
type TestCase struct {
	File string
	Name string
	// Problems say what is not as expected. A test without problems passes.
	Problems []string
	// Messages are those that the user would get.
	Messages []string
}

// The object PolicyTestResult.
type (
	policyTestResult struct {
		output.Type
		Tests   []testResult `json:"tests"`
		Summary testSummary  `json:"summary"`
	}
	testResult struct {
		File     string   `json:"file"`
		Name     string   `json:"name"`
		Passed   bool     `json:"passed"`
		Problems []string `json:"problems"`
		Messages []string `json:"messages"`
	}
	testSummary struct {
		Passed int `json:"passed"`
		Failed int `json:"failed"`
	}
)

func testResultOf(cases []TestCase, failed int) policyTestResult {
	all := policyTestResult{Type: output.Of("PolicyTestResult"), Tests: []testResult{}, Summary: testSummary{len(cases) - failed, failed}}
	for _, c := range cases {
		all.Tests = append(all.Tests, testResult{c.File, c.Name, c.Passed(), append([]string{}, c.Problems...), append([]string{}, c.Messages...)})
	}
	return all
}

// Passed reports whether there are no problems.
func (c TestCase) Passed() bool { return len(c.Problems) == 0 }

// ParseTestFormat returns the format with a name. Tests have fewer formats than checks.
func ParseTestFormat(name string) (Format, error) {
	switch f := Format(name); f {
	case Text, JSON, YAML, JUnit:
		return f, nil
	default:
		return "", fmt.Errorf("%q is unknown; use text, json, yaml or junit", name)
	}
}

// WriteTests renders tests in their order.
func WriteTests(w io.Writer, format Format, cases []TestCase, o Options) error {
	failed := 0
	for _, c := range cases {
		if !c.Passed() {
			failed++
		}
	}
	switch format {
	case JSON:
		return output.JSON(w, testResultOf(cases, failed))
	case YAML:
		return output.YAML(w, testResultOf(cases, failed))
	case JUnit:
		return writeTestsJUnit(w, cases, failed)
	default:
		return writeTestsText(w, cases, failed, painter(o.Color))
	}
}

func writeTestsText(w io.Writer, cases []TestCase, failed int, p painter) error {
	out := bufio.NewWriter(w)
	for _, c := range cases {
		name := printable.Escape(c.File + ": " + c.Name)
		if c.Passed() {
			fmt.Fprintln(out, p.paint(green, "ok    "), name)
			continue
		}
		fmt.Fprintln(out, p.paint(red, "FAILED"), name)
		for _, problem := range c.Problems {
			fmt.Fprintln(out, "         "+printable.Escape(problem))
		}
		for _, message := range c.Messages {
			fmt.Fprintln(out, "         message: "+printable.Escape(message))
		}
		if len(c.Messages) == 0 {
			fmt.Fprintln(out, "         no messages")
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
		test := junitCase{Name: c.Name, ClassName: c.File, File: c.File, Output: strings.Join(c.Messages, "\n")}
		if !c.Passed() {
			suite.Failures++
			test.Failure = &junitFailure{Type: "expectation", Message: c.Problems[0], Text: strings.Join(c.Problems, "\n")}
		}
		suite.Cases = append(suite.Cases, test)
	}
	return encodeJUnit(w, all)
}
