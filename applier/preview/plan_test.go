package preview_test

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
	"sluice/applier/preview"
	"sluice/validation"
)

func inputs(t *testing.T, flows string) desired.Inputs {
	t.Helper()
	value, err := validation.ParseJSON([]byte(flows))
	if err != nil {
		t.Fatal(err)
	}
	return desired.Inputs{Network: &desired.Network{Generation: 1, Object: validation.Object{Name: "cluster", ExportNetworkFlows: value}}}
}

func netFlow(class v1alpha1.DriftClass, targets ...string) v1alpha1.FormatStatus {
	f := v1alpha1.FormatStatus{Format: "NetFlow", Class: class}
	if len(targets) > 0 {
		f.Applied = &v1alpha1.Export{Targets: targets}
	}
	return f
}

func TestWhatAReportTellsOfAChange(t *testing.T) {
	unreachable := metav1.Condition{Type: v1alpha1.ConditionOVSReachable, Status: metav1.ConditionFalse, Message: "ovsdb-server does not answer"}
	for name, c := range map[string]struct {
		status   v1alpha1.NodeFlowExportStatus
		steps    int
		handsOff string
	}{
		"nothing stands":           {v1alpha1.NodeFlowExportStatus{Formats: []v1alpha1.FormatStatus{netFlow("Missing")}}, 1, ""},
		"another collector stands": {v1alpha1.NodeFlowExportStatus{Formats: []v1alpha1.FormatStatus{netFlow("InSync", "192.0.2.9:2055")}}, 1, ""},
		"only observed":            {v1alpha1.NodeFlowExportStatus{Mode: v1alpha1.ModeObserve}, 1, "the agent runs in mode Observe"},
		"nobody knows what stands": {v1alpha1.NodeFlowExportStatus{Conditions: []metav1.Condition{unreachable}}, 0, "the node's configuration is unknown: ovsdb-server does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := preview.FromStatus(inputs(t, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`), c.status)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Plan.Steps) != c.steps || got.HandsOff != c.handsOff {
				t.Errorf("%d steps, %q:\n%s", len(got.Plan.Steps), got.HandsOff, got.Text())
			}
		})
	}
}

// TestAParameterThatANodeDoesNotSupportIsNotPlanned: the agent would not set it either.
func TestAParameterThatANodeDoesNotSupportIsNotPlanned(t *testing.T) {
	in := inputs(t, `{"ipfix":{"collectors":["192.0.2.1:4739"]}}`)
	in.Profiles = []v1alpha1.FlowExportProfile{{Spec: v1alpha1.FlowExportProfileSpec{IPFIX: &v1alpha1.IPFIXParameters{TemplateInterval: new(int32(60))}}}}
	for version, supported := range map[string]bool{"3.1.0": false, "3.5.0": true, "": true} {
		got, err := preview.FromStatus(in, v1alpha1.NodeFlowExportStatus{OVSVersion: version, Bridge: "br-int"})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(got.Text(), "template_interval") != supported || (len(got.Unsupported) == 0) != supported {
			t.Errorf("version %q: unsupported: %v; the plan is\n%s", version, got.Unsupported, got.Text())
		}
	}
}
