package webhook

import "sluice/validation"

// flowCollector reads a key of the spec of a FlowCollector; false if it does not matter. No other
// reviewed object has these keys.
func (d *reviewDecoder) flowCollector(key []byte, o *validation.Object) (bool, error) {
	switch string(key) {
	case `"exporters"`:
		return true, d.valueInto(&o.Exporters)
	case `"deploymentModel"`:
		return true, d.valueInto(&o.DeploymentModel)
	case `"kafka"`:
		return true, d.valueInto(&o.Kafka)
	case `"loki"`:
		return true, d.valueInto(&o.Loki)
	case `"namespace"`:
		return true, d.valueInto(&o.SpecNamespace)
	case `"agent"`:
		return true, d.inside(&o.AgentEnv, `"ebpf"`, `"advanced"`, `"env"`)
	case `"processor"`:
		return true, d.inside(&o.ProcessorEnv, `"advanced"`, `"env"`)
	}
	return false, nil
}

// inside reads the value that keys lead to. If one of them has something other than an object, the
// schema of the CRD rejects it.
func (d *reviewDecoder) inside(to *validation.Value, keys ...string) error {
	if len(keys) == 0 {
		return d.valueInto(to)
	}
	if d.json.PeekKind() != '{' {
		return d.json.SkipValue()
	}
	return d.members(func(key []byte) error {
		if string(key) == keys[0] {
			return d.inside(to, keys[1:]...)
		}
		return d.json.SkipValue()
	})
}
