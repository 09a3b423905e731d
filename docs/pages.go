// Package docs holds the pages that the programs print, so that they are at hand without a
// network: the runbooks of the alerts, and the rules.
package docs

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
)

//go:embed runbooks/Sluice*.md
var runbooks embed.FS

//go:embed rules.md
var rules string

// Runbooks lists the alerts that have a runbook, sorted.
func Runbooks() []string {
	names, err := fs.Glob(runbooks, "runbooks/*.md")
	if err != nil {
		return nil // the pattern is constant
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(strings.TrimPrefix(name, "runbooks/"), ".md")
	}
	slices.Sort(names)
	return names
}

// Runbook returns the runbook of an alert in Markdown; false if it does not exist. The alert's name
// is compared without regard to case.
func Runbook(alert string) (string, bool) {
	for _, name := range Runbooks() {
		if strings.EqualFold(name, alert) {
			text, err := runbooks.ReadFile("runbooks/" + name + ".md")
			return string(text), err == nil
		}
	}
	return "", false
}

// Rules lists the rules in the order of their page.
func Rules() []string {
	var names []string
	for line := range strings.Lines(rules) {
		if name, ok := strings.CutPrefix(line, "### "); ok {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names
}

// Rule returns what the page of rules says about one rule, in Markdown; false if there is no
// such rule.
func Rule(name string) (string, bool) {
	_, text, found := strings.Cut(rules, "\n### "+name+"\n")
	if !found {
		return "", false
	}
	text, _, _ = strings.Cut(text, "\n### ")
	text, _, _ = strings.Cut(text, "\n## ")
	return strings.TrimSpace(text) + "\n", true
}
