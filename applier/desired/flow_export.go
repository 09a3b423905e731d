package desired

import (
	"fmt"
	"net/netip"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/validation"
)

// FlowExport is what is used of a FlowExport: its namespace's records go to its collectors.
type FlowExport struct {
	Namespace, Name, UID string
	Generation           int64
	Created              time.Time
	Collectors           []netip.AddrPort
}

// Denied reports whether a policy, or the lack of one, is why a FlowExport is not accepted.
func Denied(f v1alpha1.FlowExport) bool {
	if f.Status == nil {
		return false
	}
	accepted := meta.FindStatusCondition(f.Status.Conditions, v1alpha1.ConditionAccepted)
	return accepted != nil && accepted.Status == metav1.ConditionFalse && accepted.Reason == v1alpha1.ReasonDenied
}

// ReadFlowExport reads an accepted FlowExport; false if it is not accepted in its current generation. The
// error says which collector can't be used: nothing malformed is passed on, no matter how it was stored.
func ReadFlowExport(f v1alpha1.FlowExport) (FlowExport, bool, error) {
	read := FlowExport{Namespace: f.Namespace, Name: f.Name, UID: string(f.UID), Generation: f.Generation, Created: f.CreationTimestamp.Time}
	if f.Status == nil {
		return read, false, nil
	}
	accepted := meta.FindStatusCondition(f.Status.Conditions, v1alpha1.ConditionAccepted)
	if accepted == nil || accepted.Status != metav1.ConditionTrue || accepted.ObservedGeneration != f.Generation {
		return read, false, nil
	}
	for _, c := range f.Spec.IPFIX.Collectors {
		collector, err := netip.ParseAddrPort(string(c))
		if err != nil || collector.Port() == 0 || collector.Addr().IsUnspecified() || collector.Addr().Zone() != "" {
			return read, false, fmt.Errorf("FlowExport %s/%s: collector %q is not an address and a port", f.Namespace, f.Name, c)
		}
		if a := collector.Addr(); validation.Unusable(a) || validation.WhyNodeLocal(a) != "" {
			return read, false, fmt.Errorf("FlowExport %s/%s: collector %q: the records of a tenant can't be sent to the node itself; write an address that all nodes can reach", f.Namespace, f.Name, c)
		}
		read.Collectors = append(read.Collectors, netip.AddrPortFrom(collector.Addr().Unmap(), collector.Port()))
	}
	return read, len(read.Collectors) > 0, nil
}
