// Package report renders the verdicts on the documents of files: for people, for scripts
// and for the machines that annotate changes. It writes to what it is given and reads
// nothing.
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
	Line    int    // where the document begins
	Kind    string // Network, ConfigMap or Patch
	Name    string
	Verdict validation.Verdict
}

// Format is a form of output.
type Format string

// The formats.
const (
	Text   Format = "text"   // as compilers write, for people
	JSON   Format = "json"   // stable, for scripts
	YAML   Format = "yaml"   // the same as JSON
	SARIF  Format = "sarif"  // 2.1.0, for code scanning
	JUnit  Format = "junit"  // a test case for each document
	GitHub Format = "github" // annotations of a GitHub workflow
)

// Formats lists every format.
func Formats() []Format { return []Format{Text, JSON, YAML, SARIF, JUnit, GitHub} }

// ParseFormat finds the format of a name.
func ParseFormat(name string) (Format, error) {
	names := make([]string, 0, len(Formats()))
	for _, f := range Formats() {
		if string(f) == name {
			return f, nil
		}
		names = append(names, string(f))
	}
	return "", fmt.Errorf("%q is unknown; choose %s", name, strings.Join(names, ", "))
}

// Options change how results look.
type Options struct {
	// Color highlights text with terminal escapes.
	Color bool
	// Version is Sluice's own, which SARIF names.
	Version string
	// ProjectURL is where the project is, for SARIF; empty if it has no address. Nothing links
	// to it then.
	ProjectURL string
}

// Write renders results, in their order.
func Write(w io.Writer, format Format, results []Result, o Options) error {
	var err error
	switch format {
	case Text:
		err = writeText(w, results, o.Color)
	case JSON:
		err = output.JSON(w, checkResultOf(results))
	case YAML:
		err = output.YAML(w, checkResultOf(results))
	case SARIF:
		err = writeSARIF(w, results, o)
	case JUnit:
		err = writeJUnit(w, results)
	case GitHub:
		err = writeGitHub(w, results)
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

// issue is one line of a verdict, in the terms that most formats share.
type issue struct {
	failure bool
	rule    string // with the name space it is from
	field   string
	value   string
	message string
	text    string // complete, as it is shown to people
	fix     string
	at      validation.Position
}

// issues lists all that a verdict says: errors, denials, then warnings.
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
	return all
}

func fromDenial(d validation.Denial) issue {
	return issue{rule: d.Source(), field: d.Field, value: d.Value, message: d.Message, text: d.Field + ": " + d.Text(), at: d.Position}
}

func fromFinding(f validation.Finding) issue {
	return issue{rule: string(f.Rule), field: f.Field, value: f.Value, message: f.Message, fix: f.Suggestion, at: f.Position}
}

// line is the best known line of an issue: that of the document, if need be.
func (r Result) line(i issue) int {
	if i.at.Line > 0 {
		return i.at.Line
	}
	return r.Line
}
