package validation

func (r *listReview) wrongType(field string, v Value, want Kind, fix string) {
	r.refuse(Finding{
		Rule: RuleWrongType, Field: field, Position: v.Position,
		Message: v.isNot(want) + "; " + fix,
	}, r.unchanged)
}

// RuleWrongType finds a value of the wrong JSON type, such as a number in a list of collectors.
const RuleWrongType Rule = "wrong-type"

func wrongType() Check {
	return Check{
		Rule: RuleWrongType, Effect: Rejects,
		Summary: "A value of the wrong JSON type, such as a number in a list of collectors",
		Example: "`collectors: [2055]` holds a number, and `netFlow: [192.168.1.99:2055]` is a list where an object is expected.\n" +
			"Write `netFlow: {collectors: [\"192.168.1.99:2055\"]}`. In the ConfigMap, quote numbers: `nodePort: \"2055\"`.",
	}
}
