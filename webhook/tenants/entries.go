package tenants

import (
	"time"
	"unique"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/api/v1alpha1"
)

// nodeEntry is what a node reports about one FlowExport, as far as a status is made from it. There is one for each node
// and each FlowExport with a pod there, in a large cluster hundreds of thousands. So it is small, and what many have in
// common is stored once.
type nodeEntry struct {
	uid                          unique.Handle[string]
	generation, records, dropped int64
	// lastRecord is the minute of the last record, in seconds since the Unix epoch; 0 for none.
	lastRecord int64
	// unready says why the node does not send; empty if it does.
	unready    unique.Handle[string]
	collectors unique.Handle[collectorStates]
	incomplete bool
}

// mostCollectors is how many collectors the schema allows in an entry.
const mostCollectors = 4

// collectorStates are the states of the collectors of a FlowExport on one node, up to the first without a target.
type collectorStates [mostCollectors]collectorState

type collectorState struct {
	target string
	state  v1alpha1.CollectorState
	reason string
}

func newNodeEntry(e *v1alpha1.NodeFlowExportEntry) nodeEntry {
	n := nodeEntry{uid: unique.Make(e.UID), generation: e.Generation, records: e.Records, dropped: e.Dropped, incomplete: e.Incomplete}
	if t := e.LastRecord; t != nil {
		n.lastRecord = t.Truncate(time.Minute).Unix()
	}
	unready := ""
	if e.Reason != "" {
		unready = e.Reason + ": " + e.Message
	}
	n.unready = unique.Make(unready)
	var states collectorStates
	for i := range min(len(e.Collectors), mostCollectors) {
		states[i] = collectorState{e.Collectors[i].Target, e.Collectors[i].State, e.Collectors[i].Reason}
	}
	n.collectors = unique.Make(states)
	return n
}

// nodeReport is what a node reports about FlowExports.
type nodeReport struct {
	entries []nodeEntry
	// omitting says that the node has pods for more FlowExports than it reports.
	omitting bool
}

// reportField is where a nodeReport is in an object that was reduced.
const reportField = "report"

// reportOf returns the nodeReport of an object that was reduced; false if it was not.
func reportOf(u *unstructured.Unstructured) (*nodeReport, bool) {
	r, ok := u.Object[reportField].(*nodeReport)
	return r, ok
}

// reduceReport keeps of a NodeFlowExport what it says about FlowExports, read once. An entry that can't be read is left
// out.
func reduceReport(u *unstructured.Unstructured) {
	r, done := reportOf(u)
	if !done {
		r = readReport(u)
	}
	identity(u)
	u.Object[reportField] = r
}

func readReport(u *unstructured.Unstructured) *nodeReport {
	more, _, _ := unstructured.NestedInt64(u.Object, "status", "omittedFlowExports")
	r := &nodeReport{omitting: more > 0}
	list, _, _ := unstructured.NestedFieldNoCopy(u.Object, "status", "flowExports")
	entries, _ := list.([]any)
	r.entries = make([]nodeEntry, 0, len(entries))
	for _, e := range entries {
		content, ok := e.(map[string]any)
		if !ok {
			continue
		}
		var entry v1alpha1.NodeFlowExportEntry
		if runtime.DefaultUnstructuredConverter.FromUnstructured(content, &entry) == nil {
			r.entries = append(r.entries, newNodeEntry(&entry))
		}
	}
	return r
}
