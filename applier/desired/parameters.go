package desired

import (
	"strconv"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// What OVN-Kubernetes sets, so that both writers agree: go-controller/pkg/config and
// pkg/node/default_node_network_controller.go.
const (
	defaultTimeout  = "60"
	defaultSampling = "400"
	defaultAgent    = "ovn-k8s-mp0"
)

// parameter is a parameter that sets a column. P is the type that holds the parameters of a
// format, in a FlowExportProfile or in the ConfigMap.
type parameter[P any] struct {
	column ovs.ColumnName
	// value is the column's value for a node; empty for none.
	value func(p *P, n Node) string
}

func netFlowParameters() []parameter[v1alpha1.NetFlowParameters] {
	type p = v1alpha1.NetFlowParameters
	return []parameter[p]{
		{ovs.ActiveTimeout, func(p *p, _ Node) string { return number(p.ActiveTimeout) }},
	}
}

func sFlowParameters() []parameter[v1alpha1.SFlowParameters] {
	type p = v1alpha1.SFlowParameters
	return []parameter[p]{
		{ovs.Agent, func(p *p, _ Node) string { return p.Agent }},
		{ovs.Sampling, func(p *p, _ Node) string { return number(p.Sampling) }},
		{ovs.Polling, func(p *p, _ Node) string { return number(p.Polling) }},
		{ovs.Header, func(p *p, _ Node) string { return number(p.HeaderBytes) }},
	}
}

func ipfixParameters() []parameter[v1alpha1.IPFIXParameters] {
	type p = v1alpha1.IPFIXParameters
	return []parameter[p]{
		{ovs.Sampling, func(p *p, _ Node) string { return number(p.Sampling) }},
		{ovs.CacheActiveTimeout, func(p *p, _ Node) string { return number(p.CacheActiveTimeout) }},
		{ovs.CacheMaxFlows, func(p *p, _ Node) string { return number(p.CacheMaxFlows) }},
		{ovs.TemplateInterval, func(p *p, _ Node) string { return number(p.TemplateInterval) }},
		{ovs.StatsInterval, func(p *p, _ Node) string { return number(p.StatsInterval) }},
		{ovs.ObservationDomain, func(p *p, n Node) string { return domainOf(p.ObservationDomain, n.Name) }},
	}
}

// flowsConfigParameters are those of the ConfigMap ovs-flows-config.
func flowsConfigParameters() []parameter[validation.Parameters] {
	type p = validation.Parameters
	return []parameter[p]{
		{ovs.Sampling, func(p *p, _ Node) string { return positive(p.Sampling) }},
		{ovs.CacheActiveTimeout, func(p *p, _ Node) string { return positive(p.CacheActiveTimeout) }},
		{ovs.CacheMaxFlows, func(p *p, _ Node) string { return positive(p.CacheMaxFlows) }},
	}
}

// settings are the columns to set for a format: what OVN-Kubernetes sets, then the
// ConfigMap's parameters, then the profile's.
func settings(f validation.Format, config validation.Parameters, profile v1alpha1.FlowExportProfileSpec, node Node) ovs.Settings {
	switch f {
	case validation.NetFlow:
		s := ovs.Settings{ovs.ActiveTimeout: defaultTimeout}
		set(s, netFlowParameters(), profile.NetFlow, node)
		return s
	case validation.SFlow:
		s := ovs.Settings{ovs.Agent: defaultAgent}
		set(s, sFlowParameters(), profile.SFlow, node)
		return s
	case validation.IPFIX:
		s := ovs.Settings{ovs.CacheActiveTimeout: defaultTimeout, ovs.Sampling: defaultSampling}
		set(s, flowsConfigParameters(), &config, node)
		set(s, ipfixParameters(), profile.IPFIX, node)
		return s
	case validation.Kafka, validation.OpenTelemetry, validation.Loki, validation.Unrecognized: // not of Open vSwitch
	}
	return nil
}

// set sets the columns for which source has a value.
func set[P any](s ovs.Settings, parameters []parameter[P], source *P, node Node) {
	if source == nil {
		return
	}
	for _, p := range parameters {
		if value := p.value(source, node); value != "" {
			s[p.column] = value
		}
	}
}

// number writes a number; empty for nil.
func number[N int32 | int64](value *N) string {
	if value == nil {
		return ""
	}
	return strconv.FormatInt(int64(*value), 10)
}

// positive writes a number; empty for 0, which means that the parameter is not set.
func positive(value uint32) string {
	if value == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(value), 10)
}
