package status_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/status"
)

// flowExport is one with conditions, each as type, status, reason and message, about its present generation.
func flowExport(name string, conditions ...[4]string) v1alpha1.FlowExport {
	at := metav1.NewTime(noon.Add(-time.Minute))
	o := v1alpha1.FlowExport{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "team-a", Generation: 2}}
	o.Spec.IPFIX.Collectors = []v1alpha1.FlowExportCollector{"10.20.0.5:4739"}
	o.Status = &v1alpha1.FlowExportStatus{
		ObservedGeneration: 2, NodesWanted: 3, NodesSending: 3, Records: 12345, LastRecord: &at,
		Collectors: []v1alpha1.FlowExportCollectorStatus{{Target: "10.20.0.5:4739", Sending: 3}},
	}
	for _, c := range append([][4]string{{"Accepted", "True", "Allowed", "rule p/allow[0]"}, {"Exporting", "True", "Sending", ""}}, conditions...) {
		one := metav1.Condition{Type: c[0], Status: metav1.ConditionStatus(c[1]), Reason: c[2], Message: c[3], ObservedGeneration: 2, LastTransitionTime: at}
		replaced := false
		for i := range o.Status.Conditions {
			if o.Status.Conditions[i].Type == c[0] {
				o.Status.Conditions[i], replaced = one, true
			}
		}
		if !replaced {
			o.Status.Conditions = append(o.Status.Conditions, one)
		}
	}
	return o
}

func tenantStates() map[string]status.Tenant {
	changed := flowExport("changed")
	changed.Generation = 3
	fresh := flowExport("fresh")
	fresh.Status = nil
	refused := flowExport("siem", [4]string{"Exporting", "False", "Refused", "10.20.0.5:4739 is refused on 1 node: Connection refused"})
	refused.Status.Collectors[0] = v1alpha1.FlowExportCollectorStatus{Target: "10.20.0.5:4739", Sending: 2, Failing: 1, Reason: "Connection refused"}
	idle := flowExport("siem", [4]string{"Exporting", "False", "Idle", "no record within 15 minutes"})
	idle.Status.NodesSending, idle.Status.LastRecord = 0, nil
	old := metav1.NewTime(noon.Add(-47 * time.Minute))
	outdated := flowExport("siem")
	outdated.Status.LastRecord = &old
	loss := [4]string{"Incomplete", "True", "RecordsLost", "a node lost records within the last 15 minutes before it was known whose they are, perhaps some of this namespace"}
	lossy, lossyIdle := flowExport("siem", loss), flowExport("siem", loss, [4]string{"Exporting", "False", "Idle", "no record within 15 minutes"})
	list := map[string]status.Tenant{
		"lossy":         {Items: []v1alpha1.FlowExport{lossy, flowExport("lab")}},
		"lossy-idle":    {Items: []v1alpha1.FlowExport{lossyIdle}},
		"outdated":      {Items: []v1alpha1.FlowExport{outdated}},
		"none":          {},
		"ok":            {Items: []v1alpha1.FlowExport{flowExport("siem"), flowExport("lab")}},
		"denied":        {Items: []v1alpha1.FlowExport{flowExport("siem", [4]string{"Accepted", "False", "Denied", `IPFIX 10.20.0.5:4739: no FlowExportPolicy that names the namespace "team-a" allows it; ask a cluster administrator`}, [4]string{"Exporting", "False", "NotAccepted", "see Accepted"})}},
		"not-evaluated": {Items: []v1alpha1.FlowExport{changed, fresh}},
		"refused":       {Items: []v1alpha1.FlowExport{refused, flowExport("lab")}},
		"idle":          {Items: []v1alpha1.FlowExport{idle}},
	}
	for name, t := range list {
		t.Namespace, t.Now = "team-a", noon
		list[name] = t
	}
	return list
}

// TestEveryStateOfATenant compares what is printed about each state, on a narrow and on a wide terminal.
func TestEveryStateOfATenant(t *testing.T) {
	for name, s := range tenantStates() {
		for _, width := range []int{80, 200} {
			var b bytes.Buffer
			if err := east(status.View{Width: width}).WriteTenant(&b, s); err != nil {
				t.Fatal(err)
			}
			golden(t, fmt.Sprintf("%d/tenant-%s", width, name), b.String())
			for line := range strings.Lines(b.String()) {
				if n := len([]rune(strings.TrimRight(line, "\n"))); n > width {
					t.Errorf("%s: %d characters: %s", name, n, line)
				}
			}
		}
	}
}

func TestWhatIsNoProblemOfATenant(t *testing.T) {
	for name, want := range map[string]int{"none": 0, "ok": 0, "idle": 0, "denied": 1, "not-evaluated": 2, "refused": 1, "outdated": 1, "lossy": 0, "lossy-idle": 0} {
		if got := tenantStates()[name].Summarize().Problems; len(got) != want {
			t.Errorf("%s: %d problems, want %d: %v", name, len(got), want, got)
		}
	}
	only, missing := tenantStates()["ok"].Only([]string{"lab", "nowhere"})
	if len(only.Items) != 1 || len(missing) != 1 || missing[0] != "nowhere" {
		t.Errorf("%v, missing %v", only.Items, missing)
	}
}
