package validation

import "slices"

// The keys of the ConfigMap ovs-flows-config that the Cluster Network Operator reads
// (bootstrapFlowsConfig in its pkg/network/ovn_kubernetes.go).
const (
	keySharedTarget  = "sharedTarget"
	keyNodePort      = "nodePort"
	keyActiveTimeout = "cacheActiveTimeout"
	keyMaxFlows      = "cacheMaxFlows"
	keySampling      = "sampling"
)

// FlowsConfigKey reports whether the Cluster Network Operator reads a key of the ConfigMap. The values of
// all other keys have no meaning.
func FlowsConfigKey(key string) bool { return slices.Contains(flowsConfigKeys(), key) }

func flowsConfigKeys() []string {
	return []string{keySharedTarget, keyNodePort, keyActiveTimeout, keyMaxFlows, keySampling}
}

// isSet reports whether the object sets a key: even to "", because the Cluster Network
// Operator looks only whether the key is there.
func isSet(o *Object, key string) bool {
	switch o.Data.Get(key).Kind {
	case Absent:
		return false
	case Null:
		return !o.MergePatch
	default:
		return true
	}
}

// targetKey is the key that names the target: nodePort counts only without sharedTarget.
func targetKey(o *Object) string {
	if isSet(o, keySharedTarget) {
		return keySharedTarget
	}
	return keyNodePort
}

// counts reports whether the Cluster Network Operator reads a key of the ConfigMap at all.
func counts(o *Object, key string) bool {
	switch key {
	case keySharedTarget:
		return true
	case keyNodePort:
		return !isSet(o, keySharedTarget)
	}
	target := o.Data.Get(keySharedTarget)
	return target.Kind == LongString || target.Text != "" || !isSet(o, keySharedTarget) && isSet(o, keyNodePort)
}

// inForce reports whether the Cluster Network Operator reads a key, or may read it: a patch says
// nothing of the other keys.
func inForce(o *Object, key string) bool { return o.MergePatch || counts(o, key) }
