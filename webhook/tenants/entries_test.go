package tenants

import (
	"fmt"
	"reflect"
	"runtime"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/api/v1alpha1"
)

// What is kept of reports grows with the nodes times the FlowExports.
func TestWhatIsKeptOfReportsIsSmall(t *testing.T) {
	const nodes, exports, most = 300, 64, 150 // bytes for each entry
	before := heap()
	kept := make([]*unstructured.Unstructured, 0, nodes)
	for n := range nodes {
		var entries []any
		for f := range exports {
			entries = append(entries, map[string]any{
				"namespace": fmt.Sprintf("team-%d", f), "name": "siem", "uid": fmt.Sprintf("6ba7b810-9dad-11d1-80b4-%012d", f), "generation": int64(2),
				"collectors": []any{map[string]any{"target": collector, "state": "Sending", "since": fmt.Sprintf("2026-11-27T00:%02d:00Z", n%60)}},
				"records":    int64(1000*n + f), "dropped": int64(n), "lastRecord": fmt.Sprintf("2026-11-27T00:00:%02dZ", n%60),
			})
		}
		u := &unstructured.Unstructured{Object: map[string]any{"metadata": map[string]any{"name": fmt.Sprintf("node-%d", n)}, "status": map[string]any{"flowExports": entries}}}
		reduceReport(u)
		kept = append(kept, u)
	}
	if each := (heap() - before) / (nodes * exports); each > most {
		t.Errorf("%d bytes for each entry, want at most %d", each, most)
	} else {
		t.Logf("%d bytes for each entry", each)
	}
	if r, ok := reportOf(kept[nodes-1]); !ok || len(r.entries) != exports {
		t.Error("the last report is incomplete")
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A report is notified if it changes what a status says, and may be reduced twice.
func TestReducedReportsAreCompared(t *testing.T) {
	reduced := func(change func(*v1alpha1.NodeFlowExportEntry)) *unstructured.Unstructured {
		return nodeReports(t, []v1alpha1.NodeFlowExportEntry{entry(v1alpha1.CollectorSending, change)})[0]
	}
	first := reduced(nil)
	reduceReport(first)
	for name, c := range map[string]struct {
		change func(*v1alpha1.NodeFlowExportEntry)
		same   bool
	}{
		"nothing":     {nil, true},
		"seconds":     {func(e *v1alpha1.NodeFlowExportEntry) { e.LastRecord = new(metav1.NewTime(monday.Add(1))) }, true},
		"a record":    {func(e *v1alpha1.NodeFlowExportEntry) { e.Records++ }, false},
		"a state":     {func(e *v1alpha1.NodeFlowExportEntry) { e.Collectors[0].State = v1alpha1.CollectorIdle }, false},
		"a reason":    {func(e *v1alpha1.NodeFlowExportEntry) { e.Collectors[0].Reason = "another" }, false},
		"its message": {func(e *v1alpha1.NodeFlowExportEntry) { e.Reason, e.Message = "ExportOff", "x" }, false},
		"a loss":      {func(e *v1alpha1.NodeFlowExportEntry) { e.Incomplete = true }, false},
	} {
		if got := reflect.DeepEqual(first, reduced(c.change)); got != c.same {
			t.Errorf("%s: the same is %t", name, got)
		}
	}
}
