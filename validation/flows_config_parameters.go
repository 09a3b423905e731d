package validation

// parametersOf reads the parameters as the operator does (bootstrapFlowsConfig in its
// pkg/network/ovn_kubernetes.go). A ConfigMap without a target, or with an empty sharedTarget,
// is ignored as a whole.
func parametersOf(o *Object) Parameters {
	var p Parameters
	for _, parameter := range []struct {
		key string
		to  *uint32
	}{{keySampling, &p.Sampling}, {keyMaxFlows, &p.CacheMaxFlows}} {
		if n, ok := readNumber(o.Data.Get(parameter.key)); ok && counts(o, parameter.key) {
			*parameter.to = n
		}
	}
	seconds, _, ok := readActiveTimeout(o.Data.Get(keyActiveTimeout))
	if ok && seconds > 0 && seconds <= MaxActiveTimeout && counts(o, keyActiveTimeout) {
		p.CacheActiveTimeout = uint32(seconds)
	}
	return p
}
