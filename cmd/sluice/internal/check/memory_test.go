package check

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// TestTreesAreDroppedAfterTheReview holds how much memory the review of a long file keeps: the tree of
// a document takes far more than its verdict.
func TestTreesAreDroppedAfterTheReview(t *testing.T) {
	const documents, most = 2000, 4096 // bytes for each document
	text := bytes.Repeat([]byte("---\napiVersion: operator.openshift.io/v1\nkind: Network\nmetadata: {name: cluster, labels: {a: b, c: d, e: f, g: h}}\nspec:\n  exportNetworkFlows:\n    ipfix:\n      collectors:\n      - 192.0.2.1:4739\n"), documents)
	before := live()
	reviewed, err := (&reviewer{}).review("a.yaml", text)
	if err != nil || len(reviewed.results) != documents {
		t.Fatalf("%d results, %v", len(reviewed.results), err)
	}
	if each := (live() - before) / documents; each > most {
		t.Errorf("%d bytes are kept of each document, more than %d", each, most)
	}
	runtime.KeepAlive(reviewed)
	if reviewed.networks.count != documents || reviewed.networks.first.object == nil {
		t.Errorf("%d candidates", reviewed.networks.count)
	}
}

// TestFilesKeepNoTrees is the same for many files of one document each.
func TestFilesKeepNoTrees(t *testing.T) {
	const files, most = 500, 8192 // bytes for each file
	text := []byte("apiVersion: operator.openshift.io/v1\nkind: Network\nmetadata: {name: cluster, labels: {" + labels(100) + "}}\nspec:\n  exportNetworkFlows:\n    ipfix:\n      collectors:\n      - 192.0.2.1:4739\n")
	r := &reviewer{}
	kept := make([]checked, files)
	before := live()
	for i := range kept {
		out, reviewed := r.text("a.yaml", text)
		kept[i] = Check{}.evaluated(t.Context(), out, reviewed)
	}
	if each := (live() - before) / files; each > most {
		t.Errorf("%d bytes are kept of each file, more than %d", each, most)
	}
	if kept[0].networks.first.object == nil || len(kept[files-1].results) != 1 {
		t.Error("nothing was read")
	}
	runtime.KeepAlive(kept)
}

// labels are n of them.
func labels(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "label-%d: value, ", i)
	}
	return b.String()
}

// live is the size of the live heap.
func live() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
