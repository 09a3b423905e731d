package validation

import "fmt"

// unknownField refuses a key that the API server would drop in silence. The webhook never
// sees such keys; the command line does.
func (r *listReview) unknownField(parent string, m Member, allowed, meant string) {
	fix := "allowed here: " + allowed
	if meant != "" {
		fix = fmt.Sprintf("write %q", meant)
	}
	r.reject(UnknownField(fieldPath(parent, m.Key), m.Position, fix))
}

// UnknownField is the finding about a key, at the path field, that the API server drops. fix
// says what to write instead.
func UnknownField(field string, at Position, fix string) Finding {
	return Finding{
		Rule: RuleUnknownField, Field: field, Position: at,
		Message: "is not a known field; the API server drops it, so it has no effect; " + fix,
	}
}

// RefusedKey is the finding about a key of a part of a ConfigMap, data or binaryData, because of
// which the API server refuses the object.
func RefusedKey(part string, m Member, message string) Finding {
	return Finding{Rule: RuleUnknownField, Field: fieldPath(part, m.Key), Position: m.Position, Message: message}
}

// RuleUnknownField finds a misspelled or misplaced key, or one in the wrong case.
const RuleUnknownField Rule = "unknown-field"

func unknownField() Check {
	return Check{
		Rule: RuleUnknownField, Effect: Rejects,
		Summary: "A misspelled or misplaced key, or one in the wrong case; the API server silently drops such keys",
		Example: "`netflow:`, `ipFix:`, or `collectors:` directly below `exportNetworkFlows` are not fields. The API server drops them before\n" +
			"any webhook sees them, so only `sluice check` can report them. Write `netFlow`, `sFlow` or `ipfix`, with `collectors` inside.\n" +
			"In a ConfigMap, `sampling rate` is no key: the API server refuses blanks and most other characters there.",
	}
}
