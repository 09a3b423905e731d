package validation

import "fmt"

// unknownField refuses a key that the API server would drop in silence. The webhook never
// sees such keys; the command line does.
func (r *networkReview) unknownField(parent string, m Member, allowed, meant string) {
	message := "is not a known field; the API server drops it, so it has no effect; "
	if meant != "" {
		message += fmt.Sprintf("write %q", meant)
	} else {
		message += "allowed here: " + allowed
	}
	r.reject(Finding{Rule: RuleUnknownField, Field: fieldPath(parent, m.Key), Position: m.Position, Message: message})
}

// RuleUnknownField finds a misspelled or misplaced key, or one in the wrong case.
const RuleUnknownField Rule = "unknown-field"

func unknownField() Check {
	return Check{
		Rule: RuleUnknownField, Effect: Rejects,
		Summary: "A misspelled or misplaced key, or one in the wrong case; the API server silently drops such keys",
		Example: "`netflow:`, `ipFix:`, or `collectors:` directly below `exportNetworkFlows` are not fields. The API server drops them before\n" +
			"any webhook sees them, so only `sluice check` can report them. Write `netFlow`, `sFlow` or `ipfix`, with `collectors` inside.",
	}
}
