package validation

import "fmt"

// required reports a FlowExport without collectors. If something else is wrong, that says enough.
func (r *listReview) required() {
	if r.in.Object.Resource != FlowExport || len(r.errors)+r.omitted > 0 {
		return
	}
	l := &r.lists[IPFIX]
	if len(l.entries)+l.more > 0 {
		return
	}
	at := l.position
	if at == (Position{}) {
		at = r.in.Object.ExportNetworkFlows.Position
	}
	r.refuse(Finding{
		Rule: RuleNoCollectors, Field: l.field() + ".collectors", Position: at,
		Message: fmt.Sprintf("has no collector; list 1 to %d, each as ADDRESS:PORT; to stop the export, delete the FlowExport", MaxTenantCollectors),
	}, r.unchanged)
}

// RuleNoCollectors finds a FlowExport without collectors.
const RuleNoCollectors Rule = "no-collectors"

func noCollectors() Check {
	return Check{
		Rule: RuleNoCollectors, Effect: Rejects,
		Summary: "A FlowExport without a collector",
		Example: "`spec: {ipfix: {collectors: []}}` of a FlowExport asks for nothing.\n" +
			"Write `spec: {ipfix: {collectors: [\"10.20.0.5:4739\"]}}`. To stop the export, delete the FlowExport.",
	}
}
