package source

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr/testr"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"
	"sigs.k8s.io/yaml"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
	"sluice/internal/kube"
)

const (
	definition = `{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: flowexportprofiles.sluice.dev, uid: d1, creationTimestamp: "2026-01-02T12:00:00Z"}}`
	network    = `{apiVersion: operator.openshift.io/v1, kind: Network, metadata: {name: cluster, uid: n1, generation: 3},
spec: {exportNetworkFlows: {netFlow: {collectors: ["192.0.2.1:2055"]}}}}`
	flowsConfig = `{apiVersion: v1, kind: ConfigMap, metadata: {name: ovs-flows-config, namespace: openshift-network-operator}, data: {sampling: "7"}}`
	profile     = `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportProfile, metadata: {name: edge}, spec: {priority: 5}}`
	node        = `{apiVersion: v1, kind: Node, metadata: {name: worker-1, uid: w1, labels: {tier: edge}, annotations: {a: b}}, spec: {podCIDR: x},
status: {addresses: [{type: Hostname, address: worker-1}, {type: InternalIP, address: 198.51.100.7}], images: [{names: [x]}]}}`
)

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	encoded, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(encoded); err != nil {
		t.Fatal(err)
	}
	return u
}

// written counts the writes of a fake API server, by resource and subresource.
type written struct {
	mu    sync.Mutex
	count map[string]int
}

func (w *written) of(what string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.count[what]
}

// start runs a Cluster on a fake API server with these objects, until everything was read.
func start(t *testing.T, texts ...string) (*Cluster, *fake.FakeDynamicClient, *written) {
	t.Helper()
	t.Setenv("KUBE_FEATURE_WatchListClient", "false") // client-go's fakes can't send a list as a watch
	client := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		kube.Networks(): "NetworkList", kube.ConfigMaps(): "ConfigMapList", kube.Profiles(): "FlowExportProfileList",
		kube.Nodes(): "NodeList", kube.NodeFlowExports(): "NodeFlowExportList",
		kube.FlowExports(): "FlowExportList", kube.CustomResourceDefinitions(): "CustomResourceDefinitionList",
	})
	for _, text := range append(texts, definition) {
		if err := client.Tracker().Add(object(t, text)); err != nil {
			t.Fatal(err)
		}
	}
	w := &written{count: map[string]int{}}
	client.PrependReactor("patch", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.count[action.GetResource().Resource+"/"+action.GetSubresource()]++
		return true, &unstructured.Unstructured{Object: map[string]any{}}, nil
	})
	c, err := New(client, "worker-1", testr.New(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- c.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	eventually(t, "everything is read", func() bool {
		if !c.synced() {
			return false
		}
		_, _, known := c.retained.take(c.profiles.Objects())
		return known
	})
	return c, client, w
}

func eventually(t *testing.T, what string, reached func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(10 * time.Second); !reached(); <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatalf("not reached: %s", what)
		}
	}
}

func TestTheInputsAreTheObjectsOfTheNode(t *testing.T) {
	c, _, _ := start(t, network, flowsConfig, profile, node)
	got, ok := c.Inputs()
	if !ok || got.Network == nil || got.Network.Generation != 3 || got.Network.UID != "n1" || got.NodeMissing {
		t.Fatalf("inputs: %+v", got)
	}
	want := desired.Node{Name: "worker-1", UID: "w1", Labels: map[string]string{"tier": "edge"}, Address: netip.MustParseAddr("198.51.100.7")}
	if diff := cmp.Diff(want, got.Node, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("node (-want +got):\n%s", diff)
	}
	if len(got.Profiles) != 1 || got.Profiles[0].Spec.Priority != 5 || got.FlowsConfig["sampling"] != "7" || got.Status != nil || got.Verify != "" {
		t.Errorf("inputs: %+v", got)
	}
	if stored := c.nodes.Object(); stored.Object["spec"] != nil || stored.GetAnnotations() != nil {
		t.Errorf("unused parts of the Node are kept: %v", stored.Object)
	}
}

func TestMissingObjectsAreMissing(t *testing.T) {
	c, _, _ := start(t)
	got, ok := c.Inputs()
	if !ok || got.Network != nil || got.FlowsConfig != nil || !got.NodeMissing || got.Node.Name != "worker-1" {
		t.Errorf("%t, inputs: %+v", ok, got)
	}
}

// What can't be read is unknown, which is not the same as missing.
func TestAnObjectThatCanNotBeReadLeavesTheInputsUnknown(t *testing.T) {
	for _, text := range []string{
		`{apiVersion: sluice.dev/v1alpha1, kind: FlowExportProfile, metadata: {name: edge}, spec: {priority: high}}`,
		`{apiVersion: v1, kind: ConfigMap, metadata: {name: ovs-flows-config, namespace: openshift-network-operator}, data: {sampling: 7}}`,
		`{apiVersion: sluice.dev/v1alpha1, kind: NodeFlowExport, metadata: {name: worker-1}, status: {formats: none}}`,
	} {
		c, _, _ := start(t, network, node, text)
		if got, ok := c.Inputs(); ok {
			t.Errorf("%s: inputs: %+v", text, got)
		}
	}
}

func TestAStatusIsStoredOnceWithItsOwner(t *testing.T) {
	c, _, w := start(t, network, node)
	results := make(chan error, 9)
	c.OnPublish(func(err error) { results <- err })
	for generation := range 2 {
		for range 3 {
			c.Publish(v1alpha1.NodeFlowExportStatus{ObservedGeneration: int64(generation), Conditions: []metav1.Condition{}})
		}
		eventually(t, "the status is stored", func() bool { return w.of("nodeflowexports/status") == generation+1 })
	}
	if err := <-results; err != nil {
		t.Error(err)
	}
	// The watch never sees it here, like one that fails.
	if n := w.of("nodeflowexports/"); n != 1 {
		t.Errorf("the object was created %d times", n)
	}
}

// Another client may add an owner. The agent keeps its own, and leaves the other one.
func TestASecondOwnerIsNoReasonToWrite(t *testing.T) {
	c, _, w := start(t, network, node, `{apiVersion: sluice.dev/v1alpha1, kind: NodeFlowExport, metadata: {name: worker-1, ownerReferences: [
{apiVersion: v1, kind: ConfigMap, name: x, uid: x}, {apiVersion: v1, kind: Node, name: worker-1, uid: w1}]}}`)
	for generation := range 3 {
		c.Publish(v1alpha1.NodeFlowExportStatus{ObservedGeneration: int64(generation + 1)})
		eventually(t, "the status is stored", func() bool { return w.of("nodeflowexports/status") == generation+1 })
	}
	if n := w.of("nodeflowexports/"); n != 0 {
		t.Errorf("the owner was written %d times", n)
	}
}

// Kind of fault: a reaction to one's own writes.
func TestTheAgentsOwnReportIsNoChange(t *testing.T) {
	c, client, _ := start(t, network, node)
	drained := func() bool {
		select {
		case <-c.Changes():
			return true
		default:
			return false
		}
	}
	eventually(t, "the first change is told", drained)
	exports := client.Resource(kube.NodeFlowExports())
	report := object(t, `{apiVersion: sluice.dev/v1alpha1, kind: NodeFlowExport, metadata: {name: worker-1}}`)
	report, err := exports.Create(t.Context(), report, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	seen := func(generation int64) func() bool {
		return func() bool {
			u := c.exports.Object()
			if u == nil {
				return false
			}
			n, _, _ := unstructured.NestedInt64(u.Object, "status", "observedGeneration")
			return n == generation
		}
	}
	generation := int64(0)
	// At first, the changes of the start may still arrive. If own writes were told, each round would
	// have some.
	eventually(t, "the agent's own writes are no changes", func() bool {
		drained()
		for range 3 {
			generation++
			if err := unstructured.SetNestedField(report.Object, generation, "status", "observedGeneration"); err != nil {
				t.Fatal(err)
			}
			if report, err = exports.Update(t.Context(), report, metav1.UpdateOptions{}); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the report is seen", seen(generation))
		}
		return !drained()
	})
	report.SetAnnotations(map[string]string{v1alpha1.AnnotationVerify: "2030-01-01T00:00:00Z"})
	if _, err = exports.Update(t.Context(), report, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the request is told", drained)
	if err := exports.Delete(t.Context(), "worker-1", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "that it is gone is told", drained)
}

func TestNothingIsStoredForANodeThatIsMissing(t *testing.T) {
	c, client, w := start(t, network)
	c.Publish(v1alpha1.NodeFlowExportStatus{ObservedGeneration: 3})
	if _, err := client.Resource(kube.Nodes()).Create(t.Context(), object(t, node), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the Node is seen", func() bool { return c.nodes.Object() != nil })
	c.Publish(v1alpha1.NodeFlowExportStatus{ObservedGeneration: 4})
	eventually(t, "the status is stored", func() bool { return w.of("nodeflowexports/status") == 1 })
}

// The Lease shows that the loop runs: without a sign of life it is not renewed.
func TestALeaseIsRenewedAfterSignsOfLifeOnly(t *testing.T) {
	c, _, w := start(t, node)
	var clock atomic.Int64
	h := NewHeartbeat(c, DefaultLease, func() time.Time { return time.Unix(clock.Load(), 0) })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- h.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	sign := func() {
		t.Helper()
		h.Alive()
		eventually(t, "the sign is taken, and the one before dealt with", func() bool { return len(h.signs) == 0 })
	}
	sign()
	eventually(t, "the Lease is written", func() bool { return w.of("leases/") == 1 })
	sign() // long before it is due
	clock.Add(int64(DefaultLease / time.Second))
	sign()
	sign() // not due again
	eventually(t, "the Lease is renewed", func() bool { return w.of("leases/") >= 2 })
	if n := w.of("leases/"); n != 2 {
		t.Errorf("the Lease was written %d times, not at first and when it was due", n)
	}
}
