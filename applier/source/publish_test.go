package source

import (
	"errors"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
)

// ownedReport is a report without a status.
const ownedReport = `{apiVersion: sluice.dev/v1alpha1, kind: NodeFlowExport, metadata: {name: worker-1, ownerReferences: [{apiVersion: v1, kind: Node, name: worker-1, uid: w1}]}}`

// expect waits for results of writes until one is a failure, or is not, as wanted.
func expect(t *testing.T, what string, results <-chan error, failure bool) {
	t.Helper()
	eventually(t, what, func() bool {
		select {
		case err := <-results:
			return (err != nil) == failure
		default:
			return false
		}
	})
}

// Kind of fault: what is stored counted as not stored, because nothing was left to write. The agent gave no more
// signs of life then.
func TestAReportWithALostAnswerIsStored(t *testing.T) {
	c, client, w := start(t, network, node, ownedReport)
	results := make(chan error, 100)
	c.OnPublish(func(err error) { results <- err })
	client.PrependReactor("patch", "nodeflowexports", func(action clienttesting.Action) (bool, runtime.Object, error) {
		patch, ok := action.(clienttesting.PatchAction)
		if !ok {
			t.Errorf("a patch is %T", action)
			return false, nil, nil
		}
		stored := &unstructured.Unstructured{}
		if err := stored.UnmarshalJSON(patch.GetPatch()); err != nil {
			t.Error(err)
		}
		stored.SetResourceVersion("9")
		stored.SetOwnerReferences([]metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: "worker-1", UID: "w1"}})
		if err := client.Tracker().Update(kube.NodeFlowExports(), stored, ""); err != nil {
			t.Error(err)
		}
		return true, nil, errors.New("http2: client connection lost")
	})
	c.Publish(v1alpha1.NodeFlowExportStatus{Bridge: "br-int"})
	expect(t, "the answer is lost", results, true)
	expect(t, "the report is stored", results, false)
	if n := w.of("nodeflowexports/status"); n != 0 {
		t.Errorf("the report was written %d times after the watch had it", n)
	}
	c.Publish(v1alpha1.NodeFlowExportStatus{Bridge: "br-int"})
	eventually(t, "the same one is taken", func() bool { return len(c.publishing.wake) == 0 })
	if len(results) > 0 {
		t.Errorf("%d results without a write", len(results))
	}
}

// A newer report may fail to be stored, and then be again as it was stored before.
func TestAReportThatIsAsItWasWrittenIsStored(t *testing.T) {
	c, client, _ := start(t, network, node, ownedReport)
	results := make(chan error, 100)
	c.OnPublish(func(err error) { results <- err })
	first, second := v1alpha1.NodeFlowExportStatus{ObservedGeneration: 1}, v1alpha1.NodeFlowExportStatus{ObservedGeneration: 2}
	c.Publish(first)
	expect(t, "the first one is stored", results, false) // and the watch does not see it, as the fake stores nothing
	client.PrependReactor("patch", "nodeflowexports", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, errors.New("the server is currently unable to handle the request")
	})
	c.Publish(second)
	expect(t, "the second one fails", results, true)
	c.Publish(first)
	expect(t, "the first one is still stored", results, false)
}
