package tenants

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/validation/policy"
)

// A new leader says nothing about the nodes until it has read all their reports, and revokes nevertheless.
func TestANewLeaderReadsBeforeItWrites(t *testing.T) {
	sending := newStatus(flowExport(), policy.Judgment{Accepted: true, Reason: v1alpha1.ReasonAllowed, Message: "x"},
		summed(flowExport(), []report{{"node-0", entry(v1alpha1.CollectorSending, nil)}}, map[string]bool{"node-0": true}), metav1.NewTime(monday))
	for name, c := range map[string]struct {
		accepted  bool
		knowledge knowledge
		stored    *v1alpha1.FlowExportStatus
		want      string
	}{
		"nothing was read yet":     {true, pending, sending, "True Allowed, True Sending 3"},
		"nothing can be read":      {true, unknown, sending, "True Allowed, Unknown NotRead 3"},
		"a policy was removed":     {false, pending, sending, "False Denied, False NotAccepted 3"},
		"a new FlowExport":         {true, pending, nil, "True Allowed, Unknown NotRead 3"},
		"it was not accepted then": {true, pending, newStatus(flowExport(), policy.Judgment{Reason: v1alpha1.ReasonDenied, Message: "x"}, rollup{}, metav1.NewTime(monday)), "True Allowed, Unknown NotRead 3"},
	} {
		t.Run(name, func(t *testing.T) {
			f := flowExport()
			f.Status = c.stored
			j := policy.Judgment{Accepted: c.accepted, Reason: v1alpha1.ReasonDenied, Message: "x"}
			if c.accepted {
				j.Reason = v1alpha1.ReasonAllowed
			}
			s := newStatus(f, j, rollup{knowledge: c.knowledge}, metav1.NewTime(monday))
			accepted, exporting := acceptedOf(s), meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionExporting)
			if got := fmt.Sprintf("%s %s, %s %s %d", accepted.Status, accepted.Reason, exporting.Status, exporting.Reason, exporting.ObservedGeneration); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
