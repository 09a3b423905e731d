package desired

import (
	"maps"
	"slices"
	"strconv"
	"time"

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

// parameter is a parameter of a FlowExportProfile that sets a column. P is the type that
// holds the parameters of the format.
type parameter[P any] struct {
	column ovs.ColumnName
	// value is what the profile sets for a node; empty for nothing.
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

// settings are the columns to set for a format: what OVN-Kubernetes sets, then the
// ConfigMap's parameters as the Cluster Network Operator reads them, then the profile's.
func settings(f validation.Format, config map[string]string, profile v1alpha1.FlowExportProfileSpec, node Node) ovs.Settings {
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
		flowsConfigSettings(s, config)
		set(s, ipfixParameters(), profile.IPFIX, node)
		return s
	}
	return nil
}

// set sets the columns for which the profile has a value.
func set[P any](s ovs.Settings, parameters []parameter[P], profile *P, node Node) {
	if profile == nil {
		return
	}
	for _, p := range parameters {
		if value := p.value(profile, node); value != "" {
			s[p.column] = value
		}
	}
}

// number writes a number; empty if there is none.
func number[N int32 | int64](value *N) string {
	if value == nil {
		return ""
	}
	return strconv.FormatInt(int64(*value), 10)
}

// The largest cache_active_timeout that Open vSwitch stores, in seconds.
const maxCacheActiveTimeout = 4200

// flowsConfigSettings reads the ConfigMap as the Cluster Network Operator does: what it
// can't read, and 0, is as if it were not there. Without a target it ignores the ConfigMap.
func flowsConfigSettings(s ovs.Settings, config map[string]string) {
	_, shared := config["sharedTarget"]
	_, port := config["nodePort"]
	if !shared && !port {
		return
	}
	if d, err := time.ParseDuration(config["cacheActiveTimeout"]); err == nil {
		if n := int64(d / time.Second); n > 0 && n <= maxCacheActiveTimeout {
			s[ovs.CacheActiveTimeout] = strconv.FormatInt(n, 10)
		}
	}
	for key, column := range map[string]ovs.ColumnName{"cacheMaxFlows": ovs.CacheMaxFlows, "sampling": ovs.Sampling} {
		if n, err := strconv.ParseUint(config[key], 10, 32); err == nil && n > 0 {
			s[column] = strconv.FormatUint(n, 10)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
