package monitoring

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

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
		if !strings.HasPrefix(text, "# "+name+"\n\n**Urgency:** ") {
			t.Errorf("%s.md doesn't begin with its name and how urgent it is", name)
		}
		for _, part := range []string{"\n## Diagnosis\n\n```console\n$ ", "\n## Mitigation\n", "\n## Meaning\n", "\n## Impact\n"} {
			if !strings.Contains(text, part) {
				t.Errorf("%s.md has no %q", name, strings.TrimSpace(part))
			}
		}
		// No page of the project is public, so there is nothing to link to.
		if url, ok := r.Annotations["runbook_url"]; ok {
			t.Errorf("%s: runbook_url is %q", name, url)
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

// TestAlertsSayWhatToRunFirst: the description of an alert has the first two commands of its
// runbook, because the page may be out of reach when the alert fires.
func TestAlertsSayWhatToRunFirst(t *testing.T) {
	pages := books(t)
	for name, r := range alerts(t) {
		list := commandsOf(pages[name])
		if len(list) < 2 {
			t.Errorf("%s.md has %d commands", name, len(list))
			continue
		}
		for i, word := range []string{"First", "Then"} {
			command := strings.ReplaceAll(list[i], "POLICY", "{{ $labels.policy }}")
			if want := word + ` run "` + command + `".`; !strings.Contains(r.Annotations["description"], want) {
				t.Errorf("%s: the description has no %s", name, want)
			}
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

// TestLinksLeadSomewhere follows the relative links of all pages, to the headings too.
func TestLinksLeadSomewhere(t *testing.T) {
	var pages []string
	for _, pattern := range []string{"docs/*.md", "docs/*/*.md", "manifests/olm/README.md", "manifests/helm/sluice/README.md"} {
		files, err := filepath.Glob(filepath.Join(repository(t), pattern))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, files...)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for part := range strings.SplitSeq(string(text), "](") {
			target, _, found := strings.Cut(part, ")")
			if !found || strings.Contains(target, "://") || strings.ContainsAny(target, " \n") {
				continue
			}
			path, anchor, _ := strings.Cut(target, "#")
			file := page
			if path != "" {
				file = filepath.Join(filepath.Dir(page), path)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: the link %s leads nowhere", page, target)
			} else if anchor != "" && !slices.Contains(anchors(t, file), anchor) {
				t.Errorf("%s: the link %s leads to no heading", page, target)
			}
		}
	}
}

// anchors are those of the headings of a page, as GitHub and most renderers make them.
func anchors(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for line := range strings.Lines(string(text)) {
		title := strings.TrimLeft(line, "#")
		if title == line || !strings.HasPrefix(title, " ") {
			continue
		}
		list = append(list, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, strings.TrimSpace(title)))
	}
	return list
}
