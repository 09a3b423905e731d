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
		"nothing is set":         {v1alpha1.NodeFlowExportStatus{Formats: []v1alpha1.FormatStatus{netFlow("Missing")}}, 1, ""},
		"another collector":      {v1alpha1.NodeFlowExportStatus{Formats: []v1alpha1.FormatStatus{netFlow("InSync", "192.0.2.9:2055")}}, 1, ""},
		"only observed":          {v1alpha1.NodeFlowExportStatus{Mode: v1alpha1.ModeObserve}, 1, "the agent runs in mode Observe"},
		"it cleans up":           {v1alpha1.NodeFlowExportStatus{Mode: v1alpha1.ModeCleanup}, 0, "the agent runs in mode Cleanup; it applies no list"},
		"what is set is unknown": {v1alpha1.NodeFlowExportStatus{Conditions: []metav1.Condition{unreachable}}, 0, "the node's configuration is unknown: ovsdb-server does not answer"},
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

// A profile can't make an agent apply or observe that removes everything.
func TestAnAgentInModeCleanupFollowsNoProfile(t *testing.T) {
	in := inputs(t, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`)
	in.Profiles = append(in.Profiles, v1alpha1.FlowExportProfile{ObjectMeta: metav1.ObjectMeta{Name: "canary"}, Spec: v1alpha1.FlowExportProfileSpec{Mode: v1alpha1.ProfileModeObserve}})
	got, err := preview.FromStatus(in, v1alpha1.NodeFlowExportStatus{Mode: v1alpha1.ModeCleanup})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got.HandsOff, "mode Cleanup") || len(got.Plan.Steps) > 0 {
		t.Errorf("%q, %d steps", got.HandsOff, len(got.Plan.Steps))
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

// What the agent saw in the schema of the node's database counts more than the version: distributions add columns to
// older versions, and the database of a node may be older than its programs.
func TestTheSchemaCountsMoreThanTheVersion(t *testing.T) {
	in := inputs(t, `{"ipfix":{"collectors":["192.0.2.1:4739"]}}`)
	in.Profiles = []v1alpha1.FlowExportProfile{{Spec: v1alpha1.FlowExportProfileSpec{IPFIX: &v1alpha1.IPFIXParameters{TemplateInterval: new(int32(60))}}}}
	lacking := []string{"template_interval"}
	having := []v1alpha1.FormatStatus{{Format: v1alpha1.FormatIPFIX, Applied: &v1alpha1.Export{Targets: []string{"192.0.2.1:4739"}, Parameters: map[string]string{"template_interval": "7"}}}}
	for name, c := range map[string]struct {
		status    v1alpha1.NodeFlowExportStatus
		supported bool
	}{
		"a new version without the column": {v1alpha1.NodeFlowExportStatus{OVSVersion: "3.5.0", UnsupportedColumns: lacking}, false},
		"no version, without the column":   {v1alpha1.NodeFlowExportStatus{UnsupportedColumns: lacking}, false},
		"an old version with the column":   {v1alpha1.NodeFlowExportStatus{OVSVersion: "3.1.0", Formats: having}, true},
		"another column":                   {v1alpha1.NodeFlowExportStatus{OVSVersion: "3.5.0", UnsupportedColumns: []string{"stats_interval"}}, true},
	} {
		c.status.Bridge = "br-int"
		got, err := preview.FromStatus(in, c.status)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(got.Text(), "template_interval") != c.supported || (len(got.Unsupported) == 0) != c.supported {
			t.Errorf("%s: unsupported: %v; the plan is\n%s", name, got.Unsupported, got.Text())
		}
	}
}

// TestDropsThatAreRemovedOrMoved are changes, as far as a report knows them.
func TestDropsThatAreRemovedOrMoved(t *testing.T) {
	present := &v1alpha1.DropsStatus{State: v1alpha1.DropsSampling, CollectorSet: 4739, Domain: 1}
	unwanted := &v1alpha1.DropsStatus{State: v1alpha1.DropsUnwanted, CollectorSet: 4739, Message: "dropped packets are still exported, to 192.0.2.9:4739"}
	for name, c := range map[string]struct {
		want   *v1alpha1.DropParameters
		report *v1alpha1.DropsStatus
		says   []string
	}{
		"as they are":    {&v1alpha1.DropParameters{CollectorSet: 4739, Domain: 1}, present, []string{"no changes"}},
		"removed":        {nil, present, []string{"4739", "OVN: stop sampling dropped packets"}},
		"another set":    {&v1alpha1.DropParameters{CollectorSet: 5000, Domain: 1}, present, []string{"5000", "collector set of dropped packets: 4739 -> 5000"}},
		"another domain": {&v1alpha1.DropParameters{CollectorSet: 4739, Domain: 7}, present, []string{"observation domain of dropped packets: 1 -> 7"}},
		"left":           {nil, unwanted, []string{"4739", "OVN: stop sampling dropped packets"}},
		"to others":      {&v1alpha1.DropParameters{CollectorSet: 4739, Domain: 1}, unwanted, []string{"change collector set 4739"}},
		"left and new":   {&v1alpha1.DropParameters{CollectorSet: 5000, Domain: 1}, unwanted, []string{"5000", "collector set of dropped packets: 4739 -> 5000"}},
		"new":            {&v1alpha1.DropParameters{CollectorSet: 4739, Domain: 1}, nil, []string{"4739", "OVN: sample dropped packets"}},
	} {
		t.Run(name, func(t *testing.T) {
			in := inputs(t, `{"ipfix":{"collectors":["192.0.2.1:4739"]}}`)
			in.Profiles = []v1alpha1.FlowExportProfile{{Spec: v1alpha1.FlowExportProfileSpec{Drops: c.want}}}
			ipfix := v1alpha1.FormatStatus{Format: "IPFIX", Class: "InSync", Applied: &v1alpha1.Export{
				Targets: []string{"192.0.2.1:4739"}, Parameters: map[string]string{"sampling": "400", "cache_active_timeout": "60"},
			}}
			got, err := preview.FromStatus(in, v1alpha1.NodeFlowExportStatus{Bridge: "br-int", Formats: []v1alpha1.FormatStatus{ipfix}, Drops: c.report})
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.says {
				if !strings.Contains(got.Text(), want) {
					t.Errorf("it does not say %q:\n%s", want, got.Text())
				}
			}
		})
	}
}
