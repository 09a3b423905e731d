package validation

import (
	"fmt"
	"strings"
)

// shownTexts is how many collectors a warning lists.
const shownTexts = 3

// joined reports a text that holds several collectors, or none, and returns whether its
// pieces are to be reviewed one by one.
func (r *listReview) joined(l *list, index int, v Value, pieces []entry) bool {
	f := Finding{Rule: RuleJoined, Field: l.path(index), Value: v.Text, Position: v.Position}
	if len(pieces) == 0 {
		f.Rule = RuleEmptyCollector
		f.Message = "contains only commas; remove the entry or write ADDRESS:PORT"
		r.reject(f)
		return false
	}
	texts := make([]string, len(pieces))
	for i, p := range pieces {
		if len(p.reading.problems) > 0 {
			return true // the errors of the pieces say enough
		}
		texts[i] = Quote(collectorText(p.reading.collector))
	}
	edited := strings.Join(texts[:min(len(texts), shownTexts)], ", ")
	switch n := len(texts); {
	case n == 1:
		edited += ": empty parts removed"
	case n > shownTexts:
		edited += fmt.Sprintf(" and %d more: one collector per entry", n-shownTexts)
	default:
		edited += ": one collector per entry"
	}
	many := count(len(pieces), "collector") + " joined by commas"
	edit := r.settle(f, r.unchanged, wording{
		unchanged: many,
		refused:   "holds " + many + "; write an entry for each: " + strings.Join(texts, ", "),
		edited:    "stored as " + edited,
	})
	return edit || r.unchanged
}

// RuleJoined finds several collectors joined by commas.
const RuleJoined Rule = "joined-collectors"

func joinedCollectors() Check {
	return Check{
		Rule: RuleJoined, Effect: Normalizes,
		Summary: "Several collectors joined by commas become separate entries",
		Example: "`\"192.168.1.99:2055,192.168.1.100:2055\"` is two collectors in one entry.\n" +
			"Stored as two entries; empty parts are dropped. In the ConfigMap's `sharedTarget`, commas are correct.",
	}
}
