package splitter

import "strings"

// Pod is the owner of an interface.
type Pod struct{ Namespace, Name string }

// PodOf reads the external ID iface-id of an interface. OVN-Kubernetes writes NAMESPACE_POD for the default
// network, and a prefix with an underscore before it for other networks. Names of namespaces and pods have
// no underscore, so they are the last two parts. Other interfaces, such as the management port, have none.
func PodOf(ifaceID string) (Pod, bool) {
	rest, name, ok := cutLast(ifaceID)
	if !ok || name == "" {
		return Pod{}, false
	}
	namespace := rest
	if _, last, ok := cutLast(rest); ok {
		namespace = last
	}
	if namespace == "" {
		return Pod{}, false
	}
	return Pod{Namespace: namespace, Name: name}, true
}

func cutLast(text string) (before, after string, found bool) {
	i := strings.LastIndexByte(text, '_')
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+1:], true
}
