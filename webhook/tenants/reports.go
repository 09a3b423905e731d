package tenants

import (
	"slices"
	"time"
	"unique"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"sluice/api/v1alpha1"
	"sluice/internal/informer"
)

// reduceLease keeps of a Lease for how long the agent counts as alive.
func reduceLease(u *unstructured.Unstructured) {
	spec, _, _ := unstructured.NestedFieldNoCopy(u.Object, "spec")
	identity(u)
	u.Object["spec"] = spec
}

// reduceExport keeps of a FlowExport what its status is made from.
func reduceExport(u *unstructured.Unstructured) {
	informer.KeepFields(u, "spec", "status")
	informer.KeepMetadata(u)
}

// aliveAt lists the nodes with agents that count as alive at a time. A Lease that was renewed in the
// future counts for nothing.
func aliveAt(leases []*unstructured.Unstructured, now time.Time) map[string]bool {
	alive := map[string]bool{}
	for _, u := range leases {
		text, _, _ := unstructured.NestedString(u.Object, "spec", "renewTime")
		seconds, _, _ := unstructured.NestedInt64(u.Object, "spec", "leaseDurationSeconds")
		renewed, err := time.Parse(metav1.RFC3339Micro, text)
		lasts := time.Duration(seconds) * time.Second
		alive[u.GetName()] = err == nil && !now.After(renewed.Add(lasts)) && !renewed.After(now.Add(lasts))
	}
	return alive
}

// nodes are what all nodes report.
type nodes struct {
	knowledge knowledge
	now       time.Time
	reports   map[string]*nodeReport
	alive     map[string]bool
}

// read reads the reports of the nodes and the Leases of their agents.
func (n *nodes) read(reports, leases []*unstructured.Unstructured, now time.Time) {
	n.now, n.reports, n.alive = now, make(map[string]*nodeReport, len(reports)), aliveAt(leases, now)
	for _, u := range reports {
		if r, ok := reportOf(u); ok {
			n.reports[u.GetName()] = r
		}
	}
}

// summing is a sum, and the FlowExport that it is about.
type summing struct {
	export *v1alpha1.FlowExport
	sum    rollup
}

// rollUp sums up what the nodes report about FlowExports.
func (n *nodes) rollUp(exports map[string][]v1alpha1.FlowExport) map[types.UID]rollup {
	sums := map[unique.Handle[string]]*summing{}
	for _, list := range exports {
		for i := range list {
			sums[unique.Make(string(list[i].UID))] = &summing{export: &list[i]}
		}
	}
	omitting := n.add(sums)
	done := make(map[types.UID]rollup, len(sums))
	for uid, s := range sums {
		s.sum.knowledge, s.sum.omitting = n.knowledge, omitting
		// A collector that was removed from the list may still be in a report.
		s.sum.collectors = slices.DeleteFunc(s.sum.collectors, func(c v1alpha1.FlowExportCollectorStatus) bool {
			return !slices.Contains(s.export.Spec.IPFIX.Collectors, v1alpha1.FlowExportCollector(c.Target))
		})
		done[types.UID(uid.Value())] = s.sum
	}
	return done
}

// add adds all reports to the sums. It reports whether a node with a live agent has pods for more FlowExports than it
// reports.
func (n *nodes) add(sums map[unique.Handle[string]]*summing) (omitting bool) {
	if n.knowledge != known {
		return false
	}
	for name, r := range n.reports {
		alive := n.alive[name]
		omitting = omitting || r.omitting && alive
		for i := range r.entries {
			if s := sums[r.entries[i].uid]; s != nil {
				s.sum.add(s.export, &r.entries[i], alive, n.now)
			}
		}
	}
	return omitting
}
