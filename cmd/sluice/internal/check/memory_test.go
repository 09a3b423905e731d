package check

import (
	"bytes"
	"runtime"
	"testing"

	"sluice/internal/document"
)

// TestTreesAreDroppedAfterTheReview holds how much memory the review of a long file keeps: the tree of
// a document takes far more than its verdict.
func TestTreesAreDroppedAfterTheReview(t *testing.T) {
	const documents, most = 2000, 4096 // bytes for each document
	text := bytes.Repeat([]byte("---\napiVersion: operator.openshift.io/v1\nkind: Network\nmetadata: {name: cluster, labels: {a: b, c: d, e: f, g: h}}\nspec:\n  exportNetworkFlows:\n    ipfix:\n      collectors:\n      - 192.0.2.1:4739\n"), documents)
	before := live()
	reviewed, err := reviewer{}.review("a.yaml", text)
	if err != nil || len(reviewed.results) != documents {
		t.Fatalf("%d results, %v", len(reviewed.results), err)
	}
	if each := (live() - before) / documents; each > most {
		t.Errorf("%d bytes are kept of each document, more than %d", each, most)
	}
	runtime.KeepAlive(reviewed)
	if reviewed.networks.count != documents || reviewed.networks.first.document.Kind != document.Network {
		t.Errorf("%d candidates", reviewed.networks.count)
	}
}

// live is the size of the live heap.
func live() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
