package validation

import "fmt"

// tooMany checks the length of a list, not counting duplicates.
func (r *listReview) tooMany(l *list) {
	n := l.seen.len() + l.more
	most, limit := r.in.Object.Resource.mostCollectors(), "the Network CRD allows"
	if n <= most {
		return
	}
	if r.in.Object.Resource == FlowExport {
		limit = "a FlowExport has"
	}
	l.excess = true
	r.refuse(Finding{
		Rule: RuleTooMany, Field: l.field() + ".collectors", Position: l.position,
		Message: fmt.Sprintf("has %d collectors; %s at most %d; remove %d", n, limit, most, n-most),
	}, l.added == 0 && l.more == 0)
}

// RuleTooMany finds more than 10 collectors in a list or a target, not counting duplicates.
const RuleTooMany Rule = "too-many-collectors"

func tooManyCollectors() Check {
	return Check{
		Rule: RuleTooMany, Effect: Rejects,
		Summary: "More than 10 collectors in a list or in `sharedTarget`, or 4 in a FlowExport, not counting duplicates",
		Example: "`192.168.1.1:4739` to `192.168.1.11:4739` in one list are eleven collectors; the Network stores ten per format.\n" +
			"`sharedTarget` of the ConfigMap has the same limit: each node sends every record to each collector.\n" +
			`Remove one, or send to a collector that forwards the records.`,
	}
}
