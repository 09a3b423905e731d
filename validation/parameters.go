package validation

// Parameters are what the Cluster Network Operator reads from the ConfigMap ovs-flows-config
// besides the target, in the units of Open vSwitch's table IPFIX. 0 is a parameter that is
// not set or that the operator ignores: then the default of OVN-Kubernetes applies.
type Parameters struct {
	// Sampling is n for a sample of 1 packet in n (column sampling).
	Sampling uint32
	// CacheMaxFlows is how many flows the cache holds (column cache_max_flows).
	CacheMaxFlows uint32
	// CacheActiveTimeout is 1 to 4200 seconds (column cache_active_timeout).
	CacheActiveTimeout uint32
}
