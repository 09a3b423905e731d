package policies

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// TestTheThreatModelNamesRealTests holds docs/threat-model.md to the eighteen threats, and
// to tests that exist.
func TestTheThreatModelNamesRealTests(t *testing.T) {
	root, err := cluster.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "threat-model.md"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 18 {
		_, rest, found := strings.Cut(string(text), fmt.Sprintf("\n### T%d: ", i+1))
		section, _, _ := strings.Cut(rest, "\n##")
		if !found {
			t.Errorf("T%d is not answered", i+1)
		}
		for _, part := range []string{"**Attack.**", "**What holds.**", "**What does not hold.**", "**How it is tested.**"} {
			if found && !strings.Contains(section, "\n"+part+" ") {
				t.Errorf("T%d has no %s", i+1, part)
			}
		}
	}
	named := regexp.MustCompile("`([a-z0-9/-]+)::((?:Test|Benchmark)[A-Za-z0-9]+)`").FindAllStringSubmatch(string(text), -1)
	if len(named) < 30 {
		t.Errorf("only %d tests are named", len(named))
	}
	for _, n := range named {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(n[1]), "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		if !anyHolds(t, files, "func "+n[2]+"(") {
			t.Errorf("%s has no %s", n[1], n[2])
		}
	}
}

func anyHolds(t *testing.T, files []string, text string) bool {
	t.Helper()
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), text) {
			return true
		}
	}
	return false
}
