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

// settings are the columns to set for a format: what OVN-Kubernetes sets, then the
// ConfigMap's parameters as the Cluster Network Operator reads them, then the profile's.
func settings(f validation.Format, config map[string]string, profile v1alpha1.FlowExportProfileSpec, node Node) ovs.Settings {
	switch f {
	case validation.NetFlow:
		s := ovs.Settings{ovs.ActiveTimeout: defaultTimeout}
		if p := profile.NetFlow; p != nil {
			set(s, ovs.ActiveTimeout, p.ActiveTimeout)
		}
		return s
	case validation.SFlow:
		s := ovs.Settings{ovs.Agent: defaultAgent}
		if p := profile.SFlow; p != nil {
			if p.Agent != "" {
				s[ovs.Agent] = p.Agent
			}
			set(s, ovs.Sampling, p.Sampling)
			set(s, ovs.Polling, p.Polling)
			set(s, ovs.Header, p.HeaderBytes)
		}
		return s
	case validation.IPFIX:
		s := ovs.Settings{ovs.CacheActiveTimeout: defaultTimeout, ovs.Sampling: defaultSampling}
		flowsConfigSettings(s, config)
		if p := profile.IPFIX; p != nil {
			set(s, ovs.Sampling, p.Sampling)
			set(s, ovs.CacheActiveTimeout, p.CacheActiveTimeout)
			set(s, ovs.CacheMaxFlows, p.CacheMaxFlows)
			set(s, ovs.TemplateInterval, p.TemplateInterval)
			if p.ObservationDomain == v1alpha1.ObservationDomainPerNode {
				s[ovs.ObservationDomain] = domainOf(node.Name)
			}
		}
		return s
	}
	return nil
}

func set[N int32 | int64](s ovs.Settings, c ovs.Column, value *N) {
	if value != nil {
		s[c] = strconv.FormatInt(int64(*value), 10)
	}
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
	for key, column := range map[string]ovs.Column{"cacheMaxFlows": ovs.CacheMaxFlows, "sampling": ovs.Sampling} {
		if n, err := strconv.ParseUint(config[key], 10, 32); err == nil && n > 0 {
			s[column] = strconv.FormatUint(n, 10)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
