package enforcement

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/fake"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
)

// clock is a clock that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// lease is the Lease of a replica with policies in force. Its own clock is hours late.
func lease(name, version string, policies ...State) *unstructured.Unstructured {
	var keys []string
	for _, s := range policies {
		keys = append(keys, v1alpha1.InForceKey(string(s.UID), s.Generation))
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
		"metadata": map[string]any{
			"name": "replica-" + name, "namespace": "sluice-system", "uid": name, "resourceVersion": version,
			"labels":      map[string]any{v1alpha1.ReplicaLabel: v1alpha1.ReplicaWebhook},
			"annotations": map[string]any{v1alpha1.InForceAnnotation: v1alpha1.InForceKeys(keys)},
		},
		"spec": map[string]any{"holderIdentity": name, "leaseDurationSeconds": int64(60), "renewTime": "2026-11-23T04:00:00.000000Z"},
	}}
}

// watched is a watch of Leases in a cluster.
type watched struct {
	*Replicas
	api     dynamic.ResourceInterface
	clock   *clock
	changes chan struct{}
}

func watchLeases(t *testing.T, leases ...*unstructured.Unstructured) watched {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := coordinationv1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	var objects []runtime.Object
	for _, l := range leases {
		objects = append(objects, l)
	}
	client := fake.NewSimpleDynamicClient(scheme, objects...)
	w := watched{api: client.Resource(kube.Leases()).Namespace("sluice-system"), clock: &clock{now: monday.Time}, changes: make(chan struct{}, 100)}
	var err error
	if w.Replicas, err = NewReplicas(client, "sluice-system", time.Hour, w.clock.Now, logr.Discard()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.run(ctx, w.api, logr.Discard(), func() { w.changes <- struct{}{} })
	}()
	t.Cleanup(func() { stop(); <-ended })
	if !w.leases.Wait(ctx) {
		t.Fatal("the Leases were not read")
	}
	return w
}

// until waits for a coverage of a policy, as replicas that lack it of all replicas.
func (w watched) until(t *testing.T, s State, missing string, all int) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		c := w.Coverage()
		got := strings.Join(c.missing(s), " ")
		if c.Known && got == missing && len(c.replicas) == all {
			return
		}
		select {
		case <-w.changes:
		case <-time.After(50 * time.Millisecond): // the clock of the test may have moved
		case <-deadline:
			t.Fatalf("known %v, missing %q of %d; want %q of %d", c.Known, got, len(c.replicas), missing, all)
		}
	}
}

var (
	policyOne = State{Name: "one", UID: "1", Generation: 3}
	policyTwo = State{Name: "two", UID: "2", Generation: 1}
)

func TestCoverageIsWhatTheLeasesSay(t *testing.T) {
	old := policyOne
	old.Generation = 2
	w := watchLeases(t, lease("a", "1", policyOne, policyTwo), lease("b", "1", old, policyTwo))
	w.until(t, policyOne, "b", 2)
	w.until(t, policyTwo, "", 2)
	if c := w.Coverage(); c.complete(policyOne) || !c.complete(policyTwo) {
		t.Error("complete is not what is missing")
	}
	if _, err := w.api.Update(t.Context(), lease("b", "2", policyOne, policyTwo), metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	w.until(t, policyOne, "", 2)
	if err := w.api.Delete(t.Context(), "replica-a", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	w.until(t, policyOne, "", 1)
}

// A lost replica may answer reviews until it must have noticed, so it counts until its Lease ends, by
// the clock of the process that watches.
func TestALostReplicaCountsUntilItsLeaseEnds(t *testing.T) {
	w := watchLeases(t, lease("a", "1", policyOne), lease("lost", "1"))
	w.until(t, policyOne, "lost", 2)
	w.clock.advance(40 * time.Second)
	if _, err := w.api.Update(t.Context(), lease("a", "2", policyOne), metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(10 * time.Second)
	for w.lasts(lease("a", "2")) < time.Minute {
		select {
		case <-deadline:
			t.Fatal("the renewal was not seen")
		case <-time.After(10 * time.Millisecond):
		}
	}
	w.until(t, policyOne, "lost", 2)
	w.clock.advance(21 * time.Second)
	w.until(t, policyOne, "", 1)
	for {
		list, err := w.api.List(t.Context(), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if len(list.Items) == 1 && list.Items[0].GetName() == "replica-a" {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("%d Leases are left", len(list.Items))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func TestReadyNeedsEveryReplica(t *testing.T) {
	has := map[string]bool{v1alpha1.InForceKey("1", 3): true}
	for name, c := range map[string]struct {
		coverage *Coverage
		status   metav1.ConditionStatus
		reason   string
		message  string
	}{
		"nothing is known about replicas": {nil, "True", "InForce", "the policy is in force"},
		"the Leases can't be read":        {&Coverage{}, "Unknown", "NotRead", "unknown whether all replicas"},
		"no replica":                      {&Coverage{Known: true}, "False", "NotEverywhere", "no replica of the webhook has reported"},
		"one replica":                     {&Coverage{Known: true, replicas: []replica{{"a", has}}}, "True", "InForce", "in force in every replica"},
		"one of two":                      {&Coverage{Known: true, replicas: []replica{{"a", has}, {"b", nil}}}, "False", "NotEverywhere", "generation 3 is in force in 1 of 2 replicas; not in b"},
		"one of six": {
			&Coverage{Known: true, replicas: []replica{{"a", has}, {"b", nil}, {"c", nil}, {"d", nil}, {"e", nil}, {"f", nil}}}, "False", "NotEverywhere",
			"generation 3 is in force in 1 of 6 replicas; not in b, c, d and 2 more",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := policyOne
			s.coverage = c.coverage
			got := ready(s)
			if got.Status != c.status || got.Reason != c.reason || !strings.Contains(got.Message, c.message) {
				t.Errorf("%+v", got)
			}
		})
	}
}

// A status costs a write, so it is not stored in the moment that replicas need to report.
func TestANewGenerationWaitsForReplicasForAMoment(t *testing.T) {
	now := &clock{now: monday.Time}
	a := &Auditor{Now: now.Now, pending: map[types.UID]pending{}}
	s := policyOne
	s.coverage = &Coverage{Known: true, replicas: []replica{{"a", nil}}}
	if !a.wait(s) {
		t.Error("it does not wait")
	}
	now.advance(settle)
	if a.wait(s) {
		t.Error("it waits for longer")
	}
	s.Generation++
	if !a.wait(s) {
		t.Error("it does not wait for the next generation")
	}
	s.Status = &v1alpha1.FlowExportPolicyStatus{ObservedGeneration: s.Generation}
	if a.wait(s) {
		t.Error("it waits although the stored status says that the generation is in force")
	}
}

func TestNamesOfReplicasAreValid(t *testing.T) {
	for host, want := range map[string]string{
		"sluice-webhook-7d9f-x2x4": "replica-sluice-webhook-7d9f-x2x4-",
		"Node_1.example.com":       "replica-node-1-example-com-",
		strings.Repeat("x", 300):   "replica-" + strings.Repeat("x", 200) + "-",
	} {
		got := ReplicaName(host, ":9443")
		if !strings.HasPrefix(got, want) || len(got) != len(want)+8 {
			t.Errorf("%s: %s", host, got)
		}
		if got == ReplicaName(host, ":9444") || got != ReplicaName(host, ":9443") {
			t.Errorf("%s: the name is not that of an address", host)
		}
	}
}
