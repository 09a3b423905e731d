package validation

import "slices"

// storedDestinations lists where a stored FlowCollector sends records. What was not read is not
// among them, so that it is never taken for unchanged.
func storedDestinations(o *Object) []Collector {
	return slices.DeleteFunc(destinations(o), func(c Collector) bool { return c.Content == notRead })
}

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
