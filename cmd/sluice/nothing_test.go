package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What was named has something to check, no matter what else was named.
func TestNamedFilesWithNothingToCheck(t *testing.T) {
	dir := writeFiles(t, map[string]string{"good.yaml": goodPatch, "pod.yaml": "apiVersion: v1\nkind: Pod\n"})
	good, pod := filepath.Join(dir, "good.yaml"), filepath.Join(dir, "pod.yaml")
	for name, c := range map[string]struct {
		args   []string
		code   int
		stdout string
	}{
		"a file":      {[]string{good, pod}, 2, "accepted"},
		"stdin":       {[]string{good, "-"}, 2, "accepted"},
		"a directory": {[]string{dir}, 0, "accepted"},
		"allowed":     {[]string{good, pod, "--allow-nothing"}, 0, "accepted"},
		"sarif":       {[]string{good, pod, "-osarif"}, 2, `"executionSuccessful": false`},
		"sarif alone": {[]string{pod, "-osarif"}, 2, `"executionSuccessful": false`},
		"junit":       {[]string{good, pod, "-ojunit"}, 2, `errors="1"`},
		"json":        {[]string{good, pod, "-ojson"}, 2, `"message": "nothing to check`},
		"json, stdin": {[]string{"-", "-ojson"}, 2, `"message": "nothing to check`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := runCheck(t, "", c.args...); got.code != c.code || !strings.Contains(got.stdout, c.stdout) {
				t.Errorf("status %d: %s%s", got.code, got.stdout, got.stderr)
			}
		})
	}
}

func TestIgnoredPaths(t *testing.T) {
	for name, c := range map[string]struct{ text, path string }{
		"a slash at the start": {"/bad\n", "."},
		"a byte order mark":    {"\uFEFFbad\n", "."},
		"an absolute path":     {"bad\n", "ABSOLUTE"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := writeFiles(t, map[string]string{"good.yaml": goodPatch, "bad/bad.yaml": badPatch, ".sluiceignore": c.text})
			t.Chdir(dir)
			if err := os.Symlink("missing", "dangling.yaml"); err != nil {
				t.Fatal(err)
			}
			got := runCheck(t, "", strings.ReplaceAll(c.path, "ABSOLUTE", dir))
			if got.code != 0 || !strings.Contains(got.stderr, "left out") {
				t.Errorf("status %d: %s%s", got.code, got.stdout, got.stderr)
			}
		})
	}
}

// What --fix wrote passes with --fail-on=warning.
func TestWhatWasFixedHasNoWarningsLeft(t *testing.T) {
	const head = "apiVersion: operator.openshift.io/v1\nkind: Network\nmetadata: {name: cluster}\n"
	for _, text := range []string{
		head + "spec:\n  exportNetworkFlows:\n    sFlow:\n      collectors: []\n    netFlow: {collectors: ['192.0.2.1:2055']}\n",
		head + "spec:\n  exportNetworkFlows:\n    sFlow: null\n    netFlow: {collectors: ['192.0.2.1:2055']}\n",
		head + "spec:\n  exportNetworkFlows: {}\n",
		head + "spec:\n  exportNetworkFlows: {sFlow: {collectors: }}\n",
		"spec: {exportNetworkFlows: null}\n",
	} {
		file := filepath.Join(writeFiles(t, map[string]string{"a.yaml": text}), "a.yaml")
		if got := runCheck(t, "", "--fix", file); got.code != 0 {
			t.Errorf("--fix: status %d: %s%s", got.code, got.stdout, got.stderr)
		}
		if got := runCheck(t, "", "--fail-on=warning", file); got.code != 0 {
			after, _ := os.ReadFile(file)
			t.Errorf("%s\nstatus %d: %s%s", after, got.code, got.stdout, got.stderr)
		}
	}
}
