package live

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/page/board"
	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/internal/kube"
)

func object(version, kind, name string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": version, "kind": kind, "metadata": map[string]any{"name": name}}}
}

// start runs a feed of a cluster in which some resources are forbidden.
func start(t *testing.T, forbidden ...schema.GroupVersionResource) (*Feed, *fake.FakeDynamicClient) {
	t.Helper()
	t.Setenv("KUBE_FEATURE_WatchListClient", "false") // client-go's fakes can't send a list as a watch
	client := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		kube.Networks(): "NetworkList", kube.NodeFlowExports(): "NodeFlowExportList", kube.Nodes(): "NodeList", kube.Leases(): "LeaseList",
		kube.Policies(): "FlowExportPolicyList", kube.Events(): "EventList",
		kube.Profiles(): "FlowExportProfileList", kube.ConfigMaps(): "ConfigMapList",
	}, object("operator.openshift.io/v1", "Network", "cluster"), object("sluice.dev/v1alpha1", "NodeFlowExport", "worker-1"), object("v1", "Node", "worker-1"))
	for _, r := range forbidden {
		client.PrependReactor("list", r.Resource, func(clienttesting.Action) (bool, runtime.Object, error) {
			return true, nil, apierrors.NewForbidden(r.GroupResource(), "", nil)
		})
	}
	f, err := New(Options{Client: client, Now: time.Now, Ahead: func() time.Duration { return 0 }, Context: "c", Reading: Reading{
		Network: func(c *status.Cluster, u *unstructured.Unstructured) error { c.Generation = 1; return nil },
		Report: func(u *unstructured.Unstructured) (v1alpha1.NodeFlowExport, error) {
			return v1alpha1.NodeFlowExport{ObjectMeta: metav1.ObjectMeta{Name: u.GetName()}}, nil
		},
		Profile:     func(*status.Cluster, *unstructured.Unstructured) error { return nil },
		FlowsConfig: func(*status.Cluster, *unstructured.Unstructured) {},
		Heartbeat:   func(*status.Cluster, unstructured.Unstructured) error { return nil },
		Nodes: func(_ context.Context, c *status.Cluster, nodes []unstructured.Unstructured) error {
			for _, n := range nodes {
				c.Nodes = append(c.Nodes, n.GetName())
			}
			return nil
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); f.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
	return f, client
}

// until waits for a board with which a condition is true.
func until(t *testing.T, f *Feed, what string, is func(*board.Board) bool) *board.Board {
	t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		b, next := f.Latest()
		if b != nil && is(b) {
			return b
		}
		select {
		case <-next:
		case <-timeout:
			t.Fatalf("no board with %s", what)
		}
	}
}

func state(t *testing.T, b *board.Board, name string) board.SourceState {
	t.Helper()
	var list []board.Source
	if err := json.Unmarshal(b.Sections[board.SectionSources], &list); err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if s.Name == name {
			return s.State
		}
	}
	t.Fatalf("no source %s", name)
	return ""
}

func TestAChangeMakesANewBoard(t *testing.T) {
	f, client := start(t)
	until(t, f, "a row", func(b *board.Board) bool { return len(b.Rows) == 1 })
	if _, err := client.Resource(kube.NodeFlowExports()).Create(t.Context(), object("sluice.dev/v1alpha1", "NodeFlowExport", "worker-2"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	until(t, f, "two rows", func(b *board.Board) bool { return len(b.Rows) == 2 })
	if err := client.Resource(kube.NodeFlowExports()).Delete(t.Context(), "worker-2", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	until(t, f, "one row", func(b *board.Board) bool { return len(b.Rows) == 1 })
	if n, known := f.Facts().Node("worker-1"); !known || !n.Report {
		t.Errorf("%v %+v", known, n)
	}
	if f.Network() == nil {
		t.Error("the Network is not known")
	}
}

func TestWhatIsForbiddenIsUnknownAndTheRestIsShown(t *testing.T) {
	f, _ := start(t, kube.Policies(), kube.Events(), kube.Leases())
	b := until(t, f, "a row", func(b *board.Board) bool {
		return len(b.Rows) == 1 && state(t, b, board.SourceEvents) == board.Forbidden
	})
	for name, want := range map[string]board.SourceState{
		board.SourceReports: board.Current, board.SourcePolicies: board.Forbidden, board.SourceLeases: board.Forbidden, board.SourceNodes: board.Current,
	} {
		if got := state(t, b, name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if _, known := f.Policies(); known {
		t.Error("policies that are forbidden count as none")
	}
	if f.Facts().Cluster.LivenessUnknown == "" {
		t.Error("agents whose Leases are forbidden count as known")
	}
}

func TestANodeIsReduced(t *testing.T) {
	u := object("v1", "Node", "a")
	u.SetLabels(map[string]string{"l": "v"})
	u.Object["status"] = map[string]any{"images": []any{"many"}, "conditions": []any{
		map[string]any{"type": "Ready", "status": "False", "lastHeartbeatTime": "now"}, map[string]any{"type": "DiskPressure", "status": "False"},
	}}
	ReduceNode(u)
	conditions, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	status, _, _ := unstructured.NestedMap(u.Object, "status")
	if len(conditions) != 1 || len(status) != 1 || u.GetName() != "a" || u.GetLabels()["l"] != "v" {
		t.Errorf("%v", u.Object)
	}
}
