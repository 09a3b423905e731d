package source

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"sluice/api/v1alpha1"
)

// drifting is a report about another program that changes values all the time.
func drifting(i int, applied metav1.ConditionStatus) v1alpha1.NodeFlowExportStatus {
	return v1alpha1.NodeFlowExportStatus{Conditions: []metav1.Condition{
		{Type: "Applied", Status: applied, Reason: "Conflict"},
		{Type: "Drifted", Status: "True", Reason: "ForeignWrite", Message: fmt.Sprintf("obs_domain_id=%d", i)},
	}}
}

// Kind of fault: what another program does on a node costs the API server a write each time, on all nodes together
// thousands in a second.
func TestReportsOfAProgramThatWritesAllTheTimeAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, client, w := start(t, network, node, ownedReport)
		var last string
		client.PrependReactor("patch", "nodeflowexports", func(action clienttesting.Action) (bool, runtime.Object, error) {
			stored := &unstructured.Unstructured{}
			if err := stored.UnmarshalJSON(action.(clienttesting.PatchAction).GetPatch()); err != nil {
				t.Error(err)
			}
			conditions, _, _ := unstructured.NestedSlice(stored.Object, "status", "conditions")
			applied, drifted := conditions[0].(map[string]any), conditions[1].(map[string]any)
			last = fmt.Sprintf("%s %s", applied["status"], drifted["message"])
			return false, nil, nil // counted by another one
		})
		stored := func(what, want string, most int) {
			t.Helper()
			synctest.Wait()
			if last != want {
				t.Errorf("%s: %q is stored, not %q", what, last, want)
			}
			if n := w.of("nodeflowexports/status"); n > most {
				t.Errorf("%s: %d reports were stored, more than %d", what, n, most)
			}
		}
		c.Publish(drifting(0, "False"))
		stored("the first one", "False obs_domain_id=0", 1)
		i := 0
		const minute = 60 * 9 // writes of the other program
		for range minute {
			i++
			c.Publish(drifting(i, "False"))
			<-time.After(time.Second / 9)
		}
		most := reportBurst - reportReserve + 60/10
		if n := w.of("nodeflowexports/status"); n < most/2 || n > most+1 {
			t.Errorf("%d reports were stored in a minute, not about %d", n, most)
		}
		i++
		c.Publish(drifting(i, "True"))
		stored("something else happens", fmt.Sprintf("True obs_domain_id=%d", i), most+2)
		i++
		c.Publish(drifting(i, "True"))
		<-time.After(2 * reportRefill)
		stored("the last one", fmt.Sprintf("True obs_domain_id=%d", i), most+3)
		for range minute { // two states by turns
			i++
			c.Publish(drifting(i, []metav1.ConditionStatus{"True", "False"}[i%2]))
			<-time.After(time.Second / 9)
		}
		if n := w.of("nodeflowexports/status"); n > most+3+reportReserve+60/10+3 {
			t.Errorf("%d reports were stored", n)
		}
		<-time.After(2 * reportRefill)
		stored("the very last one", fmt.Sprintf("%s obs_domain_id=%d", []string{"True", "False"}[i%2], i), 1000)
	})
}

func TestWhatSaysMoreThanOtherValues(t *testing.T) {
	base := func() *v1alpha1.NodeFlowExportStatus {
		s := drifting(1, "False")
		s.Observed, s.Verification = &v1alpha1.ObservedInputs{FlowsConfig: "a"}, &v1alpha1.Verification{Request: "r", Phase: v1alpha1.VerificationRunning}
		return &s
	}
	if !saysMore(base(), nil) {
		t.Error("the first report does not")
	}
	for name, test := range map[string]struct {
		change func(*v1alpha1.NodeFlowExportStatus)
		more   bool
	}{
		"the same":            {func(*v1alpha1.NodeFlowExportStatus) {}, false},
		"a message":           {func(s *v1alpha1.NodeFlowExportStatus) { s.Conditions[1].Message = "x" }, false},
		"values":              {func(s *v1alpha1.NodeFlowExportStatus) { s.Formats = []v1alpha1.FormatStatus{{Summary: "x"}} }, false},
		"counts":              {func(s *v1alpha1.NodeFlowExportStatus) { s.Verification.Idle = true }, false},
		"a status":            {func(s *v1alpha1.NodeFlowExportStatus) { s.Conditions[0].Status = "True" }, true},
		"a reason":            {func(s *v1alpha1.NodeFlowExportStatus) { s.Conditions[0].Reason = "HeldDown" }, true},
		"a condition":         {func(s *v1alpha1.NodeFlowExportStatus) { s.Conditions = s.Conditions[:1] }, true},
		"a generation":        {func(s *v1alpha1.NodeFlowExportStatus) { s.ObservedGeneration = 2 }, true},
		"a ConfigMap":         {func(s *v1alpha1.NodeFlowExportStatus) { s.Observed.FlowsConfig = "b" }, true},
		"no ConfigMap":        {func(s *v1alpha1.NodeFlowExportStatus) { s.Observed = nil }, true},
		"a mode":              {func(s *v1alpha1.NodeFlowExportStatus) { s.Mode = v1alpha1.ModeObserve }, true},
		"a profile":           {func(s *v1alpha1.NodeFlowExportStatus) { s.Profile = "edge" }, true},
		"a verification ends": {func(s *v1alpha1.NodeFlowExportStatus) { s.Verification.Phase = v1alpha1.VerificationDone }, true},
		"another one begins":  {func(s *v1alpha1.NodeFlowExportStatus) { s.Verification.Request = "q" }, true},
	} {
		s := base()
		if test.change(s); saysMore(s, base()) != test.more {
			t.Errorf("%s: says more is %t", name, !test.more)
		}
	}
}
