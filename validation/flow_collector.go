package validation

// The FlowCollector of NetObserv (netobserv/network-observability-operator, API group
// flows.netobserv.io, v1beta1 and v1beta2). The NetObserv operator reads the one with the name
// "cluster".
const (
	FlowCollectorGroup    = "flows.netobserv.io"
	FlowCollectorKind     = "FlowCollector"
	FlowCollectorResource = "flowcollectors"
)

// reviewFlowCollector evaluates policies only. Whether a FlowCollector is well-formed is decided by
// NetObserv's own schema, and what Sluice can't read is denied only to users whom a policy
// restricts.
func reviewFlowCollector(in Input) Verdict {
	var v Verdict
	if in.Policies != nil {
		evaluate(in, &v, collectorsOf(in.Old, in.Options), destinations(&in.Object))
	}
	return v
}
