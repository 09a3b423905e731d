package status

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
)

// changed is when what a node reports changed last: a condition, a collector, or another field of the
// report. The agent writes its report only when something in it changed.
func (c Cluster) changed(n v1alpha1.NodeFlowExport) time.Time {
	var last time.Time
	later := func(t metav1.Time) {
		if t.After(last) {
			last = t.Time
		}
	}
	for _, condition := range n.Status.Conditions {
		later(condition.LastTransitionTime)
	}
	for _, f := range n.Status.Formats {
		for _, s := range f.Collectors {
			later(s.Since)
		}
	}
	if !last.IsZero() {
		last = c.ServerTime(n.Name, last)
	}
	for _, m := range n.ManagedFields {
		if m.Subresource == "status" && m.Time != nil {
			later(*m.Time)
		}
	}
	return last
}
