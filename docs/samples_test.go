package docs_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// fromNodes are runbooks with samples of real nodes, which test/e2e/runbooks compares.
func fromNodes() []string { return []string{"SluiceExportOverwritten", "SluiceForeignExport"} }

// TestSamplesOfStatusAreGolden: what a page shows as an output of "kubectl sluice status" is a part of a golden text of
// the command.
func TestSamplesOfStatusAreGolden(t *testing.T) {
	golden, shown := goldenOf(t, "../cmd/kubectl-sluice/internal/status/testdata/80/*.golden"), 0
	sample := regexp.MustCompile("(?m)^\\$ (?:kubectl|oc) sluice status[^\n]*\n((?:[^$`\n][^\n]*\n)+)")
	for _, page := range append(glob(t, "*.md"), glob(t, "*/*.md")...) {
		if slices.Contains(fromNodes(), strings.TrimSuffix(filepath.Base(page), ".md")) {
			continue
		}
		for _, match := range sample.FindAllStringSubmatch(text(t, page), -1) {
			if misspelled(match[0]) {
				continue
			}
			shown++
			if !strings.Contains(golden, match[1]) {
				t.Errorf("%s: no golden text has\n%s", page, match[1])
			}
		}
	}
	if shown < 8 {
		t.Errorf("%d outputs are shown", shown)
	}
}

// TestRunbooksShowASample: the first block of a runbook has an output, so that good and bad can be told apart.
func TestRunbooksShowASample(t *testing.T) {
	for _, page := range glob(t, "runbooks/Sluice*.md") {
		_, block, _ := strings.Cut(text(t, page), "```console\n")
		block, _, _ = strings.Cut(block, "```")
		sample := ""
		for line := range strings.Lines(block) {
			if !strings.HasPrefix(line, "$ ") {
				sample += line
			}
		}
		if sample == "" {
			t.Errorf("%s shows no output of its first command", page)
		}
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(files), err)
	}
	return files
}

// goldenOf are all golden texts of a pattern.
func goldenOf(t *testing.T, pattern string) string {
	t.Helper()
	var all strings.Builder
	for _, file := range glob(t, pattern) {
		all.WriteString(text(t, file))
	}
	return all.String()
}
