package validation_test

import (
	"regexp"
	"strings"
	"testing"

	"sluice/validation"
)

func TestRulesAreDocumented(t *testing.T) {
	seen := map[validation.Rule]bool{}
	for _, r := range validation.Rules() {
		t.Run(string(r.Rule), func(t *testing.T) {
			if !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(string(r.Rule)) {
				t.Error("the name is not in kebab case")
			}
			if seen[r.Rule] {
				t.Error("the rule is listed more than once")
			}
			seen[r.Rule] = true
			if r.Effect != validation.Rejects && r.Effect != validation.Normalizes && r.Effect != validation.Warns {
				t.Errorf("the effect is %q", r.Effect)
			}
			if r.Summary == "" || strings.ContainsAny(r.Summary, "|\n") || strings.HasSuffix(r.Summary, ".") {
				t.Errorf("the summary is not one cell of a table without a final period: %q", r.Summary)
			}
			if lines := strings.Count(r.Example, "\n") + 1; lines < 2 || lines > 4 || !strings.Contains(r.Example, "`") {
				t.Errorf("the example is not two to four lines with an example in them: %q", r.Example)
			}
			if checks := r.Collector != nil || r.Object != nil; checks && r.Effect != validation.Warns {
				t.Errorf("checks of well-formed objects only warn; the effect is %q", r.Effect)
			}
		})
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
