package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTheExampleOfTheReadmeIsVerbatim runs the first command of README.md and compares the output
// with what the page shows.
func TestTheExampleOfTheReadmeIsVerbatim(t *testing.T) {
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile(`(?s)\n\$ printf '([^']+)' \| go run ./cmd/sluice check\n(.*?)` + "```").FindStringSubmatch(string(page))
	if example == nil {
		t.Fatal("README.md has no example of sluice check")
	}
	r := runCheck(t, strings.ReplaceAll(example[1], `\n`, "\n"))
	const status = "exit status 1\n" // "go run" prints this line
	if diff := cmp.Diff(r.stdout+status, example[2]); diff != "" {
		t.Errorf("README.md does not show the output of its example (-want +got)\n%s", diff)
	}
	if r.code != 1 || r.stderr != "" {
		t.Errorf("exit status %d, standard error %q", r.code, r.stderr)
	}
}
