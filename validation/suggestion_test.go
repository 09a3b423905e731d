package validation_test

import (
	"testing"

	"sluice/validation"
)

func TestEverySuggestionIsAccepted(t *testing.T) {
	g := newGenerator(2)
	offered := 0
	for range generated {
		offered += pasted(t, g.collector(), validation.Format(g.IntN(3)), validation.Options{IPv6: g.IntN(2) == 0, RejectNonCanonical: g.IntN(2) == 0})
	}
	if offered < generated/4 {
		t.Errorf("only %d suggestions for %d texts; the generator proves little", offered, generated)
	}
}

// pasted puts each suggestion for a text in its place, and returns how many there were.
func pasted(t *testing.T, text string, format validation.Format, options validation.Options) int {
	t.Helper()
	v := validation.Review(validation.Input{Object: network(t, list(format, text)), Options: options})
	n := 0
	for _, f := range append(v.Errors, v.Warnings...) {
		if f.Suggestion == "" {
			continue
		}
		n++
		again := validation.Review(validation.Input{Object: network(t, list(format, f.Suggestion)), Options: options})
		if again.Outcome() != validation.Accepted {
			t.Errorf("%q: the suggestion %q is %q", text, f.Suggestion, brief(again))
		}
	}
	return n + pastedTarget(t, text, options)
}

func pastedTarget(t *testing.T, text string, options validation.Options) int {
	t.Helper()
	n := 0
	for _, key := range []string{"sharedTarget", "nodePort", "cacheActiveTimeout"} {
		data := func(value string) string { return `{"` + key + `":` + quoteJSON(value) + `}` }
		v := validation.Review(validation.Input{Object: flowsConfig(t, data(text)), Options: options})
		for _, f := range append(v.Errors, v.Warnings...) {
			if f.Suggestion == "" {
				continue
			}
			n++
			again := validation.Review(validation.Input{Object: flowsConfig(t, data(f.Suggestion)), Options: options})
			if again.Outcome() != validation.Accepted {
				t.Errorf("%s %q: the suggestion %q is %q", key, text, f.Suggestion, brief(again))
			}
		}
	}
	return n
}
