package docs_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestEveryReasonIsDocumented holds docs/agent.md to the reasons of the API.
func TestEveryReasonIsDocumented(t *testing.T) {
	source, err := os.ReadFile("../api/v1alpha1/nodeflowexport_reasons.go")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("agent.md")
	if err != nil {
		t.Fatal(err)
	}
	reasons := regexp.MustCompile(`\bReason\w+ += "(\w+)"`).FindAllStringSubmatch(string(source), -1)
	if len(reasons) < 30 {
		t.Fatalf("only %d reasons are found", len(reasons))
	}
	for _, reason := range reasons {
		if !strings.Contains(string(page), "`"+reason[1]+"`") {
			t.Errorf("agent.md does not say what the reason %s means", reason[1])
		}
	}
}
