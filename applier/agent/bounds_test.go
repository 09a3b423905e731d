package agent

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// Kind of fault: a value of another program without a bound. One message over 32,768 bytes, and the API
// server stores nothing of the report.
func TestMessagesAreBounded(t *testing.T) {
	var many []string
	for i := range 900 {
		many = append(many, fmt.Sprintf("192.0.2.%d:%d", i%250, 1000+i))
	}
	for name, text := range map[string]string{
		"a list": listed(many, "; "), "a row": described(ovs.Exporter{Format: validation.NetFlow, Targets: many}), "a text": bounded(strings.Repeat("é", 5000)),
		"a short text": bounded("short"), "a short list": listed(many[:2], ", "),
		"a condition": condition("Applied", metav1.ConditionFalse, "Malformed", "%s", strings.Repeat("x", 40000)).Message,
	} {
		if len(text) > maxMessage || !utf8.ValidString(text) {
			t.Errorf("%s has %d bytes, valid %t", name, len(text), utf8.ValidString(text))
		}
	}
	if got := listed(many, "; "); !strings.HasSuffix(got, " more") {
		t.Errorf("it does not say how many are left out: %s", got)
	}
	if got, want := described(ovs.Exporter{Format: validation.NetFlow, Targets: many}), " and 895 more targets"; !strings.HasSuffix(got, want) {
		t.Errorf("got %s, want it to end with %q", got, want)
	}
	if got := listed(many[:2], ", "); got != "192.0.2.0:1000, 192.0.2.1:1001" {
		t.Errorf("a short list is %q", got)
	}
	if e, omitted := few(ovs.Exporter{Targets: many}); len(e.Targets) != maxTargets || omitted != 900-maxTargets {
		t.Errorf("%d targets are shown, %d are left out", len(e.Targets), omitted)
	}
}

// Kind of fault: only the number of targets was bounded. One long one, and etcd stores nothing of the
// report.
func TestValuesOfAnotherProgramAreBounded(t *testing.T) {
	const size = 1 << 20
	r := &reconciliation{}
	r.state = ovs.State{Bridge: &ovs.Bridge{}, Rows: map[ovs.UUID]ovs.Row{}}
	for f, settings := range map[validation.Format]ovs.Settings{
		validation.NetFlow: nil,
		validation.SFlow:   {ovs.Agent: strings.Repeat("é", size)},
		validation.IPFIX:   {ovs.OtherConfig: `{"a":"` + strings.Repeat("y", size) + `"}`},
	} {
		id := ovs.UUID(f.Field())
		targets := []string{strings.Repeat("x", size) + "1", strings.Repeat("x", size) + "2", "192.0.2.1:1"}
		r.state.Bridge.Export[f] = id
		r.state.Rows[id] = ovs.Row{UUID: id, Exporter: ovs.Exporter{Format: f, Targets: targets, Settings: settings}}
		r.drifts[f].Class = ovs.Foreign
	}
	a := &Agent{status: &v1alpha1.NodeFlowExportStatus{}}
	for _, f := range validation.Formats() {
		s := a.formatStatus(r, f)
		text, err := json.Marshal(s)
		if err != nil || len(text) > 4000 || !utf8.Valid(text) {
			t.Errorf("%s has %d bytes in the report, %v", f, len(text), err)
		}
		if len(s.Applied.Targets) != 2 || s.Applied.OmittedTargets != 1 || len(s.Collectors) != 2 {
			t.Errorf("%s: %d targets, %d omitted, %d collectors", f, len(s.Applied.Targets), s.Applied.OmittedTargets, len(s.Collectors))
		}
	}
}
