package docs_test

import (
	"strings"
	"testing"

	"sluice/docs"
	"sluice/validation"
)

func TestEveryRuleIsExplained(t *testing.T) {
	known := docs.Rules()
	for i, rule := range validation.Rules() {
		text, ok := docs.Rule(string(rule.Rule))
		if !ok || strings.Contains(text, "#") && strings.Contains(text, "\n### ") || len(text) < 20 {
			t.Errorf("%s: %q", rule.Rule, text)
		}
		if i >= len(known) || known[i] != string(rule.Rule) {
			t.Errorf("%s is not at its place in the page", rule.Rule)
		}
	}
	if _, ok := docs.Rule("no-such-rule"); ok {
		t.Error("a rule that does not exist is explained")
	}
}

func TestRunbooks(t *testing.T) {
	names := docs.Runbooks()
	if len(names) < 20 {
		t.Fatalf("only %d runbooks: %v", len(names), names)
	}
	for _, name := range names {
		if text, ok := docs.Runbook(strings.ToLower(name)); !ok || !strings.HasPrefix(text, "# "+name+"\n") {
			t.Errorf("%s begins with %.40q", name, text)
		}
	}
	if _, ok := docs.Runbook("README"); ok {
		t.Error("the index counts as a runbook")
	}
}
