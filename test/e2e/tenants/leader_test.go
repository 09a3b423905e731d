package tenants

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"sluice/api/v1alpha1"
	"sluice/test/harness/cluster"
)

// exports are the FlowExports of team-a, as the administrator's client reads them.
func exports(t *testing.T) v1alpha1.FlowExportList {
	t.Helper()
	var list v1alpha1.FlowExportList
	if err := shared.Client.List(t.Context(), &list, client.InNamespace("team-a")); err != nil {
		t.Fatal(err)
	}
	return list
}

// reportFrom stores what the agents of simulated nodes would report: each sends for all FlowExports of
// team-a.
func reportFrom(t *testing.T, many int) {
	t.Helper()
	list := exports(t)
	for i := range many {
		name := fmt.Sprintf("reporting-%03d", i)
		n := &v1alpha1.NodeFlowExport{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if err := shared.Client.Create(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		reported(t, n, list, v1alpha1.CollectorSending, 100)
		lease := &coordinationv1.Lease{
			ObjectMeta: metav1.ObjectMeta{Namespace: cluster.AgentNamespace, Name: name},
			Spec:       coordinationv1.LeaseSpec{RenewTime: new(metav1.NowMicro()), LeaseDurationSeconds: new(int32(3600))},
		}
		if err := shared.Client.Create(t.Context(), lease); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ctx := context.WithoutCancel(t.Context())
			for _, o := range []client.Object{n, lease} {
				if err := shared.Client.Delete(ctx, o); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// reported stores the report of one node about FlowExports, with all collectors in a state.
func reported(t *testing.T, n *v1alpha1.NodeFlowExport, list v1alpha1.FlowExportList, state v1alpha1.CollectorState, records int64) {
	t.Helper()
	n.Status = v1alpha1.NodeFlowExportStatus{Bridge: "br-int"}
	for _, f := range list.Items {
		entry := v1alpha1.NodeFlowExportEntry{Namespace: f.Namespace, Name: f.Name, UID: string(f.UID), Generation: f.Generation, Records: records, LastRecord: new(metav1.Now())}
		for _, c := range f.Spec.IPFIX.Collectors {
			entry.Collectors = append(entry.Collectors, v1alpha1.CollectorStatus{Target: string(c), State: state})
		}
		n.Status.FlowExports = append(n.Status.FlowExports, entry)
	}
	if err := shared.Client.Status().Update(t.Context(), n); err != nil {
		t.Fatal(err)
	}
}

// exporting is the condition Exporting of a FlowExport.
func exporting(f *v1alpha1.FlowExport) string {
	if f.Status == nil {
		return ""
	}
	c := meta.FindStatusCondition(f.Status.Conditions, v1alpha1.ConditionExporting)
	if c == nil {
		return ""
	}
	return string(c.Status) + " " + c.Reason
}

// A new leader reads the reports of all nodes before it says anything about them: it writes nothing, since
// nothing changed. It revokes a moment later what policies allow no longer.
func TestAChangeOfLeaderChangesNoStatus(t *testing.T) {
	reset(t)
	t.Cleanup(func() { reset(t) })
	policies(t, teamA)
	const many = 4
	for i := range many {
		passes(t, create(t, alice, "team-a", fmt.Sprintf("siem-%d", i), `["10.20.0.5:4739"]`))
	}
	reportFrom(t, 60)
	eventually(t, func() string {
		for _, f := range exports(t).Items {
			if got := exporting(&f); got != "True Sending" || f.Status.NodesSending != 60 {
				return fmt.Sprintf("%s is %s", f.Name, got)
			}
		}
		return ""
	})
	// Until the second controller can read the reports, nothing is known of them.
	rights, err := os.ReadFile("../../../manifests/base/controller-rbac.yaml")
	if err != nil {
		t.Fatal(err)
	}
	restore := func() {
		if err := shared.ApplyObjects(context.WithoutCancel(t.Context()), string(rights)); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(restore)
	if err := shared.ApplyObjects(t.Context(), strings.Replace(string(rights), "resources: [nodeflowexports", "resources: [nothing", 1)); err != nil {
		t.Fatal(err)
	}
	var log cluster.Log
	second, err := shared.StartController(t.Context(), shared.program, controllerArguments(), &log)
	if err != nil {
		t.Fatal(err)
	}
	list := exports(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	w, err := shared.Client.Watch(ctx, &v1alpha1.FlowExportList{}, client.InNamespace("team-a"), &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: list.ResourceVersion}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	if err := shared.controller.Stop(); err != nil {
		t.Error(err)
	}
	shared.controller = second
	eventually(t, func() string {
		if !strings.Contains(log.String(), "elected") {
			return "the second controller is not elected"
		}
		return ""
	})
	policies(t)
	writes, denied := map[string][]string{}, 0
	patience := time.After(time.Minute)
	for denied < many {
		select {
		case e := <-w.ResultChan():
			f, ok := e.Object.(*v1alpha1.FlowExport)
			if !ok || e.Type != watch.Modified {
				t.Fatalf("%s %v", e.Type, e.Object)
			}
			got := exporting(f)
			writes[f.Name] = append(writes[f.Name], got)
			if got == "False NotAccepted" {
				denied++
			}
		case <-patience:
			t.Fatalf("not all were revoked: %v\n%s", writes, &log)
		}
	}
	for name, all := range writes {
		if len(all) != 1 {
			t.Errorf("%s: the new leader wrote %q, want only what it revoked", name, all)
		}
	}
	restore()
	policies(t, teamA)
	eventually(t, func() string {
		for _, f := range exports(t).Items {
			if got := exporting(&f); got != "True Sending" {
				return fmt.Sprintf("%s is %s", f.Name, got)
			}
		}
		return ""
	})
}
