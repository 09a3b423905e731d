package main

import (
	"strings"
	"testing"
)

// Texts of files do not control the terminal, and are no commands of a workflow.
func TestTextsOfFilesAreEscaped(t *testing.T) {
	const hostile = `"x\n::error::owned\e[31m\r"`
	dir := writeFiles(t, map[string]string{
		"kind.yaml":                     "apiVersion: a/v1\nkind: " + hostile + "\nspec: {exportNetworkFlows: {}}\n",
		"version.yaml":                  "apiVersion: " + hostile + "\nkind: A\nspec: {exportNetworkFlows: {}}\n",
		"b\n::error::out\x1b[31m.yaml":  "a: [\n",
		"c\n::error::read\x1b[31m.yaml": "exportNetworkFlows: [\n",
		"d\n::error::new\x1b[31m.yaml":  messyPatch,
		"::error::start.yaml":           badPatch,
	})
	t.Chdir(dir)
	got := runCheck(t, "", "--fix", ".")
	for line := range strings.Lines(got.stdout + got.stderr) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.ContainsAny(line, "\x1b\r") {
			t.Errorf("line %q", line)
		}
	}
	for _, part := range []string{"rewrote d\\n::error", "left out b\\n::error", "c\\n::error", "inside of a x\\n::error", "of x\\n::error"} {
		if !strings.Contains(got.stderr, part) {
			t.Errorf("no %q in %s", part, got.stderr)
		}
	}
}
