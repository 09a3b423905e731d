package report

import (
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"sluice/docs"
	"sluice/validation"
)

func writeSARIF(w io.Writer, c Check, o Options) error {
	driver := sarif.NewToolComponent().WithName("sluice")
	run := sarif.NewRun().WithTool(sarif.NewTool().WithDriver(driver)).WithColumnKind("unicodeCodePoints")
	if o.Version != "" {
		driver.WithVersion(o.Version)
	}
	if o.ProjectURL != "" {
		driver.WithInformationURI(o.ProjectURL)
	}
	index := make(map[string]int)
	for i, doc := range validation.Rules() {
		id := string(doc.Rule)
		index[id] = i
		rule := sarif.NewRule(id).
			WithName(id).
			WithDescription(doc.Summary).
			WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel(level(doc.Effect == validation.Rejects)))
		if text, ok := docs.Rule(id); ok {
			rule.WithHelp(sarif.NewMultiformatMessageString().WithText(text).WithMarkdown(text))
		}
		driver.AddRule(rule)
	}
	for _, r := range c.Results {
		for _, i := range r.issues() {
			text := i.text
			if i.policy {
				text = strings.Join(append([]string{text}, r.notes()...), "; ")
			}
			result := sarif.NewRuleResult(i.rule).
				WithLevel(level(i.failure)).
				WithMessage(sarif.NewTextMessage(text)).
				AddLocation(location(r, i))
			if at, known := index[i.rule]; known {
				result.WithRuleIndex(at)
			}
			run.AddResult(result)
		}
	}
	run.AddInvocation(invocation(c))
	if err := sarif.NewReport().AddRun(run).PrettyWrite(w); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// invocation says what was not judged, and what could not be read: then the run was no success.
func invocation(c Check) *sarif.Invocation {
	i := sarif.NewInvocation().WithExecutionSuccessful(len(c.Unreadable) == 0)
	for _, n := range c.NotJudged {
		i.AddToolExecutionNotification(notification("not-judged", "warning", n.Text(), n.File, n.Line))
	}
	for _, p := range c.Unreadable {
		i.AddToolExecutionNotification(notification("unreadable", "error", p.Message, p.File, p.Line))
	}
	return i
}

func notification(id, level, text, file string, line int) *sarif.Notification {
	n := sarif.NewNotification().WithLevel(level).WithMessage(sarif.NewTextMessage(text)).
		WithDescriptor(sarif.NewReportingDescriptorReference().WithID(id))
	if file == "" {
		return n
	}
	place := sarif.NewPhysicalLocation().WithArtifactLocation(sarif.NewSimpleArtifactLocation(uri(file)))
	if line > 0 {
		place.WithRegion(sarif.NewRegion().WithStartLine(line))
	}
	return n.AddLocation(sarif.NewLocationWithPhysicalLocation(place))
}

func level(failure bool) string {
	if failure {
		return "error"
	}
	return "warning"
}

// location is the place of an issue in the file and in the object.
func location(r Result, i issue) *sarif.Location {
	region := sarif.NewRegion().WithStartLine(max(r.line(i), 1))
	if i.at.Column > 0 {
		region.WithStartColumn(i.at.Column)
	}
	place := sarif.NewPhysicalLocation().
		WithArtifactLocation(sarif.NewSimpleArtifactLocation(uri(r.File))).
		WithRegion(region)
	logical := sarif.NewLogicalLocation().WithFullyQualifiedName(i.field)
	return sarif.NewLocationWithPhysicalLocation(place).AddLogicalLocation(logical)
}

// uri writes a path as code scanning expects it: relative paths stay relative.
func uri(file string) string {
	path := filepath.ToSlash(file)
	if filepath.IsAbs(file) {
		return (&url.URL{Scheme: "file", Path: path}).String()
	}
	return (&url.URL{Path: strings.TrimPrefix(path, "./")}).String()
}
