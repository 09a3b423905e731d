package validation

import (
	"fmt"
	"strings"
)

// shownTexts is how many collectors a warning lists.
const shownTexts = 3

// joined reports a text that holds several collectors, or none, and returns whether its
// pieces are to be reviewed one by one.
func (r *networkReview) joined(l *list, index int, v Value, pieces []entry) bool {
	f := Finding{Rule: RuleJoined, Field: l.path(index), Value: v.Text, Position: v.Position}
	if len(pieces) == 0 {
		f.Rule = RuleEmptyCollector
		f.Message = "has only commas; a collector is an address and a port; remove the entry or write ADDRESS:PORT"
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
		edited += ": empty pieces removed"
	case n > shownTexts:
		edited += fmt.Sprintf(" and %d more: one collector an entry", n-shownTexts)
	default:
		edited += ": one collector an entry"
	}
	many := count(len(pieces), "collector") + " joined by commas"
	edit := r.settle(f, r.unchanged, wording{
		unchanged: many,
		refused:   "holds " + many + "; write an entry for each: " + strings.Join(texts, ", "),
		edited:    "stored as " + edited,
	})
	return edit || r.unchanged
}

// wrapped reports a string where the list belongs.
func (r *networkReview) wrapped(field string, v Value) {
	r.settle(Finding{Rule: RuleStringForList, Field: field, Value: v.Text, Position: v.Position}, r.unchanged, wording{
		unchanged: "a string where a list belongs",
		refused:   "is a string where a list belongs; write a list of ADDRESS:PORT",
		edited:    "stored as a list: a string stands where the list belongs",
	})
}

// empty reports a block that says nothing, and returns whether it is to be dropped.
func (r *networkReview) empty(field string, v Value, how string) bool {
	f := Finding{Rule: RuleEmptyList, Field: field, Position: v.Position}
	patch := r.in.Object.MergePatch
	switch {
	case r.unchanged:
	case patch && v.Kind == Map:
		f.Rule = RulePatchNoEffect
		f.Message = "an empty block in a merge patch changes nothing; to switch export off, write null"
	case r.rejectNonCanonical && v.Kind == Map: // the CRD stores it, and it is how a GitOps tool leaves a list that it emptied
		f.Message = "is empty, and nothing to export means off; the field may go"
	case patch && !r.rejectNonCanonical: // dropping it from the patch would keep what is stored
		f.Message = "is " + how + ", which means off once the patch is applied; write null instead"
	}
	if f.Message != "" {
		r.advise(f)
		return false
	}
	refused := "is " + how + "; an empty block exports nothing; remove the field"
	if patch {
		refused = "is " + how + "; an empty list exports nothing; to switch export off, write null"
	}
	return r.settle(f, r.unchanged, wording{
		unchanged: how + ", nothing is exported from here",
		refused:   refused,
		edited:    "removed: it is " + how + ", and nothing to export means off",
	})
}

func (r *networkReview) wrongType(field string, v Value, want Kind, fix string) {
	r.refuse(Finding{
		Rule: RuleWrongType, Field: field, Position: v.Position,
		Message: fmt.Sprintf("is %s where %s belongs; %s", v.what(), want, fix),
	}, r.unchanged)
}

// unknownField refuses a key that the API server would drop in silence. The webhook never
// sees such keys; the command line does.
func (r *networkReview) unknownField(parent string, m Member, allowed, meant string) {
	message := "is not a field; the API server drops it, and nothing is exported from it; "
	if meant != "" {
		message += fmt.Sprintf("write %q", meant)
	} else {
		message += "allowed here: " + allowed
	}
	r.reject(Finding{Rule: RuleUnknownField, Field: fieldPath(parent, m.Key), Position: m.Position, Message: message})
}
