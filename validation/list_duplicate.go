package validation

import "fmt"

// duplicate reports an entry that repeats an earlier one, and returns whether it is removed.
func (r *listReview) duplicate(l *list, e entry, first int) bool {
	before := fmt.Sprintf("collectors[%d]", first)
	unchanged := r.unchanged
	if !unchanged && r.rejectNonCanonical && l.stored.hasRepeat(e.text) {
		unchanged = true
		l.stored.takeRepeat(e.text)
	}
	return r.settle(l.finding(RuleDuplicate, e, ""), unchanged, wording{
		unchanged: "is a duplicate of " + before,
		refused:   "is a duplicate of " + before + "; a collector gets each record only once; remove it",
		edited:    "removed: duplicate of " + before,
	})
}

// RuleDuplicate finds a collector that is already in the same list.
const RuleDuplicate Rule = "duplicate"

func duplicateCollector() Check {
	return Check{
		Rule: RuleDuplicate, Effect: Normalizes,
		Summary: "A collector that is already in the same list is removed; the first one stays",
		Example: "`192.168.1.99:2055` is listed more than once, possibly in different spellings.\n" +
			`The first entry keeps its place. List each collector once.`,
	}
}
