package report

import (
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"sluice/validation"
)

const (
	projectURL = "https://github.com/sluice-project/sluice"
	rulesURL   = projectURL + "/blob/main/docs/rules.md"
)

func writeSARIF(w io.Writer, results []Result, version string) error {
	run := sarif.NewRunWithInformationURI("sluice", projectURL).WithColumnKind("unicodeCodePoints")
	if version != "" {
		run.Tool.Driver.WithVersion(version)
	}
	index := make(map[string]int)
	for i, doc := range validation.Rules() {
		id := string(doc.Rule)
		index[id] = i
		run.Tool.Driver.AddRule(sarif.NewRule(id).
			WithName(id).
			WithDescription(doc.Summary).
			WithHelpURI(rulesURL + "#" + id).
			WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel(level(doc.Effect == validation.Rejects))))
	}
	for _, r := range results {
		for _, i := range r.issues() {
			result := sarif.NewRuleResult(i.rule).
				WithLevel(level(i.failure)).
				WithMessage(sarif.NewTextMessage(i.text)).
				AddLocation(location(r, i))
			if at, known := index[i.rule]; known {
				result.WithRuleIndex(at)
			}
			run.AddResult(result)
		}
	}
	if err := sarif.NewReport().AddRun(run).PrettyWrite(w); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func level(failure bool) string {
	if failure {
		return "error"
	}
	return "warning"
}

// location names the place in the file and in the object.
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

// uri writes a path as code scanning wants it: relative ones stay relative.
func uri(file string) string {
	path := filepath.ToSlash(file)
	if filepath.IsAbs(file) {
		return (&url.URL{Scheme: "file", Path: path}).String()
	}
	return (&url.URL{Path: strings.TrimPrefix(path, "./")}).String()
}
