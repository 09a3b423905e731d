// Package report renders verdicts on the documents of files: for people, for scripts, and for
// services that annotate changes. It only writes, to the writer that it is given.
package report

import (
	"fmt"
	"io"
	"strings"

	"sluice/cmd/internal/output"
	"sluice/validation"
)

// Result is the verdict on one document of a file.
type Result struct {
	File    string
	Line    int    // the first line of the document
	Kind    string // Network, ConfigMap or Patch
	Name    string
	Verdict validation.Verdict
	// Canonical is how many warnings are about what a rewrite leaves as it is. They are no failures.
	Canonical int
	// Server is the answer of the API server; nil if it was not asked.
	Server *Answer
}

// Format is an output format.
type Format string

// The formats.
const (
	Text   Format = "text"   // for people, like the messages of a compiler
	JSON   Format = "json"   // stable, for scripts
	YAML   Format = "yaml"   // the same as JSON
	SARIF  Format = "sarif"  // 2.1.0, for code scanning
	JUnit  Format = "junit"  // a test case for each document
	GitHub Format = "github" // annotations of a GitHub workflow
)

// Formats lists every format.
func Formats() []Format { return []Format{Text, JSON, YAML, SARIF, JUnit, GitHub} }

// ParseFormat returns the format with a name.
func ParseFormat(name string) (Format, error) {
	names := make([]string, 0, len(Formats()))
	for _, f := range Formats() {
		if string(f) == name {
			return f, nil
		}
		names = append(names, string(f))
	}
	last := len(names) - 1
	return "", fmt.Errorf("%q is unknown; use %s or %s", name, strings.Join(names[:last], ", "), names[last])
}

// Options change the output.
type Options struct {
	// Color colorizes text with terminal escapes.
	Color bool
	// Version is the version of Sluice, for SARIF.
	Version string
	// ProjectURL is the URL of the project, for SARIF; empty if it has none. SARIF then has no
	// link.
	ProjectURL string
}

// Write renders what a check found.
func Write(w io.Writer, format Format, c Check, o Options) error {
	var err error
	switch format {
	case Text:
		err = writeText(w, c, o.Color)
	case JSON:
		err = output.JSON(w, checkResultOf(c))
	case YAML:
		err = output.YAML(w, checkResultOf(c))
	case SARIF:
		err = writeSARIF(w, c, o)
	case JUnit:
		err = writeJUnit(w, c)
	case GitHub:
		err = writeGitHub(w, c)
	default:
		return fmt.Errorf("output format %q is unknown", format)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", format, err)
	}
	return nil
}

// title names the document: its kind, and its name if it has one.
func (r Result) title() string {
	if r.Name == "" {
		return r.Kind
	}
	return r.Kind + " " + validation.Quote(r.Name)
}

// issue is one line of a verdict, in a form that most output formats use.
type issue struct {
	failure bool
	policy  bool // it is a denial
	// unanswered says that the API server gave no verdict on the document.
	unanswered bool
	rule       string // of a denial with its policy: team-a/deny[0]
	field      string
	value      string
	message    string
	text       string // the complete text for people
	fix        string
	at         validation.Position
}

// issues lists the errors, the denials and then the warnings of a verdict.
func (r Result) issues() []issue {
	v := r.Verdict
	all := make([]issue, 0, len(v.Errors)+len(v.Denials)+len(v.Warned)+len(v.Warnings))
	for _, f := range v.Errors {
		i := fromFinding(f)
		i.failure = true
		i.text = f.Field + ": " + f.Text()
		all = append(all, i)
	}
	for _, d := range v.Denials {
		i := fromDenial(d)
		i.failure = true
		all = append(all, i)
	}
	for _, d := range v.Warned {
		all = append(all, fromDenial(d))
	}
	for _, f := range v.Warnings {
		i := fromFinding(f)
		i.text = f.Line() + " [sluice/" + string(f.Rule) + "]"
		all = append(all, i)
	}
	return append(all, r.Server.issues()...)
}

func fromDenial(d validation.Denial) issue {
	return issue{policy: true, rule: d.Source(), field: d.Field, value: d.Value, message: d.Message, text: d.Field + ": " + d.Text(), at: d.Position}
}

func fromFinding(f validation.Finding) issue {
	return issue{rule: string(f.Rule), field: f.Field, value: f.Value, message: f.Message, fix: f.Suggestion, at: f.Position}
}

// line is the line of an issue; if that is unknown, the line of the document.
func (r Result) line(i issue) int {
	if i.at.Line > 0 {
		return i.at.Line
	}
	return r.Line
}
