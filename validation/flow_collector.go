package validation

import "slices"

// The FlowCollector of NetObserv (netobserv/network-observability-operator, API group
// flows.netobserv.io, v1beta1 and v1beta2). The NetObserv operator reads the one with the name
// "cluster".
const (
	FlowCollectorGroup    = "flows.netobserv.io"
	FlowCollectorKind     = "FlowCollector"
	FlowCollectorResource = "flowcollectors"
)

// flowCollectorFields are the fields that decide where NetObserv sends records. Fields that
// only decide where its console reads records from are not among them.
func flowCollectorFields() []Field {
	return []Field{
		{[]string{"spec", "exporters"}, func(o *Object) *Value { return &o.Exporters }},
		{[]string{"spec", "deploymentModel"}, func(o *Object) *Value { return &o.DeploymentModel }},
		{[]string{"spec", "kafka"}, func(o *Object) *Value { return &o.Kafka }},
		{[]string{"spec", "loki"}, func(o *Object) *Value { return &o.Loki }},
		{[]string{"spec", "namespace"}, func(o *Object) *Value { return &o.SpecNamespace }},
		{[]string{"spec", "agent", "ebpf", "advanced", "env"}, func(o *Object) *Value { return &o.AgentEnv }},
		{[]string{"spec", "processor", "advanced", "env"}, func(o *Object) *Value { return &o.ProcessorEnv }},
	}
}

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

// storedDestinations lists where a stored FlowCollector sends records. What was not read to its end
// is not among them, so that it is never taken for unchanged.
func storedDestinations(o *Object) []Collector {
	return slices.DeleteFunc(destinations(o), func(c Collector) bool { return c.Content == notRead })
}

// notRead is the content of a destination that was not read to its end.
const notRead = "\x00"

// destinations lists where a FlowCollector sends records, each place once.
func destinations(o *Object) []Collector {
	var r destinationReader
	r.exporters(o.Exporters)
	r.pipeline(o.DeploymentModel, o.Kafka)
	r.loki(o.Loki, o.SpecNamespace)
	r.environment("spec.agent.ebpf.advanced.env", o.AgentEnv)
	r.environment("spec.processor.advanced.env", o.ProcessorEnv)
	return r.found
}

// destinationReader collects destinations.
type destinationReader struct {
	found []Collector
	seen  map[Collector]bool
}

func (r *destinationReader) add(c Collector) {
	if r.seen == nil {
		r.seen = map[Collector]bool{}
	}
	if !r.seen[c.Place()] {
		r.seen[c.Place()] = true
		r.found = append(r.found, c)
	}
}

// unknown adds a destination that can't be read, and of which the object says no more than v.
func (r *destinationReader) unknown(field, what string, v Value) {
	content := notRead
	if v.whole() {
		content = v.canonical()
	}
	r.add(Collector{Format: Unrecognized, Unknown: what, Content: content, Field: field, Position: v.Position})
}
