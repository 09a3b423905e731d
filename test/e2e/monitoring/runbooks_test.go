package monitoring

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const bookURL = "https://github.com/sluice-project/sluice/blob/main/docs/runbooks/"

// books are the pages of the runbooks, by alert.
func books(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(repository(t), "docs/runbooks/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if name := strings.TrimSuffix(filepath.Base(file), ".md"); name != "README" {
			found[name] = string(text)
		}
	}
	return found
}

func TestEachAlertHasARunbook(t *testing.T) {
	pages, index := books(t), readFile(t, "docs/runbooks/README.md")
	all := alerts(t)
	for name, r := range all {
		text := pages[name]
		for _, part := range []string{"# " + name + "\n", "\n## Meaning\n", "\n## Impact\n", "\n## Diagnosis\n", "\n## Mitigation\n"} {
			if !strings.Contains(text, part) {
				t.Errorf("%s.md has no %q", name, strings.TrimSpace(part))
			}
		}
		if r.Annotations["runbook_url"] != bookURL+name+".md" {
			t.Errorf("%s: runbook_url is %q", name, r.Annotations["runbook_url"])
		}
		if line := "| [" + name + "](" + name + ".md) | " + r.Labels["severity"] + " |"; !strings.Contains(index, line) {
			t.Errorf("the index has no line %q", line)
		}
		for _, annotation := range []string{"summary", "description"} {
			if r.Annotations[annotation] == "" {
				t.Errorf("%s has no %s", name, annotation)
			}
		}
		if !slices.Contains([]string{"critical", "warning", "info"}, r.Labels["severity"]) || r.Labels["namespace"] == "" || r.For == "" {
			t.Errorf("%s: severity %q, namespace %q, for %q", name, r.Labels["severity"], r.Labels["namespace"], r.For)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		if _, ok := all[name]; !ok {
			t.Errorf("docs/runbooks/%s.md is about no alert", name)
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository(t), path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestLinksLeadSomewhere follows the relative links between the pages.
func TestLinksLeadSomewhere(t *testing.T) {
	pages := books(t)
	pages["README"] = readFile(t, "docs/runbooks/README.md")
	for name, text := range pages {
		for part := range strings.SplitSeq(text, "](") {
			target, _, found := strings.Cut(part, ")")
			if !found || strings.Contains(target, "://") || strings.ContainsAny(target, " \n") {
				continue
			}
			if _, err := os.Stat(filepath.Join(repository(t), "docs/runbooks", target)); err != nil {
				t.Errorf("%s.md: the link %s leads nowhere", name, target)
			}
		}
	}
}
