package validation

// wrapped reports a string where the list belongs.
func (r *listReview) wrapped(field string, v Value) {
	r.settle(Finding{Rule: RuleStringForList, Field: field, Value: v.Text, Position: v.Position}, r.unchanged, wording{
		unchanged: "is a string instead of a list",
		refused:   "is a string instead of a list; write a list of ADDRESS:PORT",
		edited:    "stored as a list instead of a string",
	})
}

// RuleStringForList finds a single string where a list is expected.
const RuleStringForList Rule = "string-for-list"

func stringForList() Check {
	return Check{
		Rule: RuleStringForList, Effect: Normalizes,
		Summary: "A single string where a list is expected becomes a list",
		Example: "`collectors: 192.168.1.99:2055` is a string.\n" +
			"Stored as `collectors: [\"192.168.1.99:2055\"]`.",
	}
}
