package tenants

import (
	"errors"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
	"sluice/validation/policy"
)

// A revocation waits for no other status, and an acceptance by policies that have changed meanwhile is not stored.
func TestWhatIsRevokedIsStoredFirst(t *testing.T) {
	allowed := policy.Judgment{Accepted: true, Reason: v1alpha1.ReasonAllowed, Message: "x"}
	denied := policy.Judgment{Reason: v1alpha1.ReasonDenied, Message: "x"}
	idle := summed(flowExport(), []report{{"a", entry(v1alpha1.CollectorIdle, nil)}}, map[string]bool{"a": true})
	sending := summed(flowExport(), []report{{"a", entry(v1alpha1.CollectorSending, nil)}}, map[string]bool{"a": true})
	more := sending
	more.records++
	stored := func(name string, before policy.Judgment, sum rollup) *v1alpha1.FlowExport {
		f := flowExport()
		f.Name, f.UID = name, types.UID(name)
		f.Status = newStatus(f, before, sum, metav1.NewTime(monday))
		return f
	}
	fresh := flowExport()
	fresh.Name, fresh.UID = "fresh", "fresh"
	edited := stored("edited", allowed, sending)
	edited.Generation++
	for name, c := range map[string]struct {
		outdated bool
		want     string
	}{
		"nothing else changed":     {false, "revoked-1 revoked-2 fresh edited allowed-again state counters"},
		"a policy changed as well": {true, "revoked-1 revoked-2"},
	} {
		t.Run(name, func(t *testing.T) {
			client := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{kube.FlowExports(): "FlowExportList"})
			var order []string
			client.PrependReactor("patch", "flowexports", func(a clienttesting.Action) (bool, runtime.Object, error) {
				if p, ok := a.(clienttesting.PatchAction); ok {
					order = append(order, p.GetName())
				}
				return true, &unstructured.Unstructured{}, nil
			})
			r := &Reporter{Client: client, Now: func() time.Time { return monday.Add(time.Hour) }, counted: map[types.UID]time.Time{}, invalid: map[types.UID]int64{}, started: monday}
			var due []change
			for _, e := range []struct {
				f   *v1alpha1.FlowExport
				j   policy.Judgment
				sum rollup
			}{
				{stored("counters", allowed, sending), allowed, more},
				{stored("state", allowed, sending), allowed, idle},
				{fresh, allowed, idle},
				{edited, allowed, sending},
				{stored("revoked-1", allowed, sending), denied, more},
				{stored("same", allowed, sending), allowed, sending},
				{stored("allowed-again", denied, sending), allowed, sending},
				{stored("revoked-2", allowed, idle), denied, idle},
			} {
				if c, is := r.change(e.f, e.j, e.sum); is {
					due = append(due, c)
				}
			}
			if err := r.storeAll(t.Context(), due, func() bool { return c.outdated }); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(order, " "); got != c.want {
				t.Errorf("stored %s, want %s", got, c.want)
			}
		})
	}
}

// What can't be revoked with a reason is revoked without.
func TestARevocationThatDoesNotFit(t *testing.T) {
	for name, want := range map[string]string{"revoked": "apply merge", "accepted": "apply"} {
		t.Run(name, func(t *testing.T) {
			client := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{kube.FlowExports(): "FlowExportList"})
			var got []string
			client.PrependReactor("patch", "flowexports", func(a clienttesting.Action) (bool, runtime.Object, error) {
				if p, ok := a.(clienttesting.PatchAction); ok && p.GetPatchType() == types.MergePatchType {
					got = append(got, "merge")
					return true, &unstructured.Unstructured{}, nil
				}
				got = append(got, "apply")
				return true, nil, errors.New("etcdserver: request is too large")
			})
			r := &Reporter{Client: client, Now: func() time.Time { return monday }, counted: map[types.UID]time.Time{}, invalid: map[types.UID]int64{}}
			f := flowExport()
			j := policy.Judgment{Accepted: true, Reason: v1alpha1.ReasonAllowed, Message: "x"}
			if name == "revoked" {
				f.Status = newStatus(f, j, rollup{knowledge: known}, metav1.NewTime(monday))
				j = policy.Judgment{Reason: v1alpha1.ReasonDenied, Message: "x"}
			}
			c, due := r.change(f, j, rollup{knowledge: known})
			if !due {
				t.Fatal("nothing is due")
			}
			if err := r.store(t.Context(), c); err == nil {
				t.Error("the failure is not told")
			}
			if strings.Join(got, " ") != want {
				t.Errorf("got %v, want %s", got, want)
			}
		})
	}
}
