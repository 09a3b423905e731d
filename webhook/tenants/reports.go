package tenants

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/api/v1alpha1"
	"sluice/internal/informer"
)

// reduceReport keeps of a NodeFlowExport what it says about FlowExports.
func reduceReport(u *unstructured.Unstructured) {
	status := map[string]any{}
	for _, field := range []string{"flowExports", "omittedFlowExports"} {
		if v, found, _ := unstructured.NestedFieldNoCopy(u.Object, "status", field); found {
			status[field] = v
		}
	}
	identity(u)
	u.Object["status"] = status
}

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

// report is the entry of one node for a FlowExport.
type report struct {
	node  string
	entry v1alpha1.NodeFlowExportEntry
}

// reportsByUID reads the entries of all nodes, by the UID of the FlowExport. An entry that can't be
// read is left out.
func reportsByUID(nodes []*unstructured.Unstructured) map[string][]report {
	byUID := map[string][]report{}
	for _, u := range nodes {
		entries, _, _ := unstructured.NestedSlice(u.Object, "status", "flowExports")
		for _, e := range entries {
			content, ok := e.(map[string]any)
			if !ok {
				continue
			}
			r := report{node: u.GetName()}
			if runtime.DefaultUnstructuredConverter.FromUnstructured(content, &r.entry) == nil {
				byUID[r.entry.UID] = append(byUID[r.entry.UID], r)
			}
		}
	}
	return byUID
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
	byUID     map[string][]report
	alive     map[string]bool
	// omitting says that a node with a live agent has pods for more FlowExports than it reports.
	omitting bool
}

// read reads the reports of the nodes and the Leases of their agents.
func (n *nodes) read(reports, leases []*unstructured.Unstructured, now time.Time) {
	n.now, n.byUID, n.alive = now, reportsByUID(reports), aliveAt(leases, now)
	for _, u := range reports {
		more, _, _ := unstructured.NestedInt64(u.Object, "status", "omittedFlowExports")
		n.omitting = n.omitting || more > 0 && n.alive[u.GetName()]
	}
}

// rollUp sums up what the nodes report about a FlowExport.
func (n *nodes) rollUp(f *v1alpha1.FlowExport) rollup {
	r := rollup{knowledge: n.knowledge, omitting: n.omitting}
	if n.knowledge != known {
		return r
	}
	for _, report := range n.byUID[string(f.UID)] {
		r.add(f, &report.entry, n.alive[report.node], n.now)
	}
	// A collector that was removed from the list may still be in a report.
	r.collectors = slices.DeleteFunc(r.collectors, func(c v1alpha1.FlowExportCollectorStatus) bool {
		return !slices.Contains(f.Spec.IPFIX.Collectors, v1alpha1.FlowExportCollector(c.Target))
	})
	return r
}
