package preview_test

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
	"sluice/applier/preview"
)

// A plan is what will happen. It says why an agent changes nothing.
func TestAPlanSaysThatAnAgentChangesNothing(t *testing.T) {
	condition := func(kind string, status metav1.ConditionStatus, reason string) metav1.Condition {
		return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: "because of " + reason}
	}
	for reason, c := range map[string]struct {
		condition metav1.Condition
		handsOff  bool
	}{
		"NotSynced":       {condition(v1alpha1.ConditionApplied, metav1.ConditionUnknown, v1alpha1.ReasonNotSynced), true},
		"NodeMissing":     {condition(v1alpha1.ConditionApplied, metav1.ConditionUnknown, v1alpha1.ReasonNodeMissing), true},
		"LockHeld":        {condition(v1alpha1.ConditionApplied, metav1.ConditionFalse, v1alpha1.ReasonLockHeld), true},
		"LockUnavailable": {condition(v1alpha1.ConditionApplied, metav1.ConditionFalse, v1alpha1.ReasonLockUnavailable), true},
		"BridgeMissing":   {condition(v1alpha1.ConditionApplied, metav1.ConditionFalse, v1alpha1.ReasonBridgeMissing), true},
		"WatchFailed":     {condition(v1alpha1.ConditionSynced, metav1.ConditionFalse, v1alpha1.ReasonWatchFailed), false}, // perhaps that of FlowExports
		"Watching":        {condition(v1alpha1.ConditionSynced, metav1.ConditionTrue, v1alpha1.ReasonWatching), false},
		"HeldDown":        {condition(v1alpha1.ConditionApplied, metav1.ConditionFalse, v1alpha1.ReasonHeldDown), false},         // it will
		"WriteFailed":     {condition(v1alpha1.ConditionApplied, metav1.ConditionFalse, v1alpha1.ReasonWriteFailed), false},      // it tries again
		"NetworkMissing":  {condition(v1alpha1.ConditionApplied, metav1.ConditionUnknown, v1alpha1.ReasonNetworkMissing), false}, // there is one in the plan
	} {
		status := v1alpha1.NodeFlowExportStatus{Bridge: "br-int", Conditions: []metav1.Condition{c.condition}}
		got, err := preview.FromStatus(inputs(t, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`), status)
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		if c.handsOff {
			want = "because of " + reason
		}
		if got.Unseen != map[bool]string{true: "because of WatchFailed"}[reason == "WatchFailed"] {
			t.Errorf("%s: unseen is %q", reason, got.Unseen)
		}
		if got.HandsOff != want || len(got.Plan.Steps) != 1 {
			t.Errorf("%s: %q, want %q; plan:\n%s", reason, got.HandsOff, want, got.Text())
		}
	}
}

// An agent that gave up begins again if something else is desired.
func TestAnAgentThatGaveUpChangesWhatIsNew(t *testing.T) {
	reported := v1alpha1.FormatStatus{
		Format: "NetFlow", Class: v1alpha1.DriftDrifted,
		Desired: &v1alpha1.Export{Targets: []string{"192.0.2.1:2055"}, Parameters: map[string]string{"active_timeout": "60"}},
		Applied: &v1alpha1.Export{Targets: []string{"192.0.2.9:2055"}},
	}
	status := v1alpha1.NodeFlowExportStatus{
		Bridge: "br-int", Formats: []v1alpha1.FormatStatus{reported},
		Conditions: []metav1.Condition{{Type: v1alpha1.ConditionApplied, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonConflict, Message: "another program keeps changing it"}},
	}
	for flows, want := range map[string]string{
		`{"netFlow":{"collectors":["192.0.2.1:2055"]}}`: "another program keeps changing it",
		`{"netFlow":{"collectors":["192.0.2.2:2055"]}}`: "",
		`{}`: "",
	} {
		got, err := preview.FromStatus(inputs(t, flows), status)
		if err != nil {
			t.Fatal(err)
		}
		if got.HandsOff != want || len(got.Plan.Steps) != 1 {
			t.Errorf("%s: %q; plan:\n%s", flows, got.HandsOff, got.Text())
		}
	}
}

// While it is unknown what a node is to export, nothing is planned: what it exports is not to be removed.
func TestWhatIsUnknownIsNotPlanned(t *testing.T) {
	for name, change := range map[string]func(*desired.Inputs){
		"no Network":       func(in *desired.Inputs) { in.Network = nil },
		"no Node":          func(in *desired.Inputs) { in.NodeMissing = true },
		"unknown profiles": func(in *desired.Inputs) { in.ProfilesUnknown = "the cluster serves none" },
	} {
		in := inputs(t, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`)
		change(&in)
		status := v1alpha1.NodeFlowExportStatus{
			Bridge: "br-int", Formats: []v1alpha1.FormatStatus{netFlow("InSync", "192.0.2.9:2055")},
			Drops: &v1alpha1.DropsStatus{State: v1alpha1.DropsSampling, CollectorSet: 4739, Domain: 1},
		}
		got, err := preview.FromStatus(in, status)
		if err != nil {
			t.Fatal(err)
		}
		if got.HandsOff == "" || got.Text() != "no changes\n" {
			t.Errorf("%s: %q; plan:\n%s", name, got.HandsOff, got.Text())
		}
	}
}
