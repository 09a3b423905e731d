package validation_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/validation"
)

const rulesPage = "../docs/rules.md"

func page(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(rulesPage)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestTheTableOfRulesIsComplete(t *testing.T) {
	var want []string
	for _, r := range validation.Rules() {
		want = append(want, fmt.Sprintf("| %s | %s | %s |", r.Rule, r.Effect, r.Summary))
	}
	got := regexp.MustCompile(`(?m)^\| .* \|$`).FindAllString(page(t), -1)
	if diff := cmp.Diff(append([]string{"| Rule | Effect | What it finds |"}, want...), got); diff != "" {
		t.Errorf("the table in %s is not validation.Rules() (-want +got):\n%s", rulesPage, diff)
	}
}

func TestEachRuleHasASection(t *testing.T) {
	var want []string
	for _, r := range validation.Rules() {
		want = append(want, string(r.Rule))
	}
	var got []string
	for _, section := range strings.Split(page(t), "\n### ")[1:] {
		name, body, _ := strings.Cut(section, "\n")
		got = append(got, name)
		lines := strings.Split(strings.TrimSpace(body), "\n")
		if len(lines) < 2 || len(lines) > 4 {
			t.Errorf("section %s has %d lines, want 2 to 4: an example and what to write instead", name, len(lines))
		}
		if !strings.Contains(body, "`") {
			t.Errorf("section %s has no example", name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the sections in %s are not validation.Rules() (-want +got):\n%s", rulesPage, diff)
	}
}

func TestRulesAreWellNamed(t *testing.T) {
	seen := map[validation.Rule]bool{}
	for _, r := range validation.Rules() {
		if !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(string(r.Rule)) {
			t.Errorf("rule %q is not in kebab case", r.Rule)
		}
		if seen[r.Rule] {
			t.Errorf("rule %s is documented twice", r.Rule)
		}
		seen[r.Rule] = true
		if r.Effect != validation.Rejects && r.Effect != validation.Normalizes && r.Effect != validation.Warns {
			t.Errorf("rule %s has the effect %q", r.Rule, r.Effect)
		}
	}
}

// Whatever the generator finds is documented, and does what its documentation says.
func TestFindingsKeepToTheirDocumentedEffect(t *testing.T) {
	effects := map[validation.Rule]validation.Effect{}
	for _, r := range validation.Rules() {
		effects[r.Rule] = r.Effect
	}
	g := newGenerator(6)
	for range generated {
		for _, o := range []validation.Object{network(t, g.flows()), flowsConfig(t, g.data())} {
			v := validation.Review(validation.Input{Object: o, Options: validation.Options{IPv6: g.IntN(2) == 0}})
			for _, f := range v.Errors {
				if effects[f.Rule] != validation.Rejects {
					t.Errorf("%s is an error, but is documented as %q", f.Rule, effects[f.Rule])
				}
			}
			for _, f := range v.Warnings {
				want := validation.Warns
				if f.Rewritten {
					want = validation.Normalizes
				}
				if effects[f.Rule] != want {
					t.Errorf("%s is a warning (rewritten: %t), but is documented as %q", f.Rule, f.Rewritten, effects[f.Rule])
				}
			}
		}
	}
}
