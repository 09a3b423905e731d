package agent_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/agent"
	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/test/harness/fakeovs"
	"sluice/validation"
)

// off is a profile that switches export off everywhere.
func off() []v1alpha1.FlowExportProfile {
	return []v1alpha1.FlowExportProfile{{ObjectMeta: metav1.ObjectMeta{Name: "private"}, Spec: v1alpha1.FlowExportProfileSpec{Export: new(false)}}}
}

// setAll changes what the cluster says.
func (s *source) setAll(in desired.Inputs) {
	s.mu.Lock()
	s.inputs = in
	s.mu.Unlock()
	s.changes <- struct{}{}
}

// ovnkubeStarts makes the row that ovnkube-node makes when it starts with this target.
func ovnkubeStarts(t *testing.T, sw *fakeovs.Switch, target string) {
	t.Helper()
	row := ovs.Exporter{Format: validation.NetFlow, Targets: []string{target}, Settings: ovs.Settings{ovs.ActiveTimeout: "60"}}
	tamper(t, sw, row)
}

func tamper(t *testing.T, sw *fakeovs.Switch, row ovs.Exporter) {
	t.Helper()
	d := ovs.Desired{LeaveDrops: true}
	d.Export[validation.NetFlow].Exporter = &row
	if err := sw.Tamper(d, true); err != nil {
		t.Fatal(err)
	}
}

const (
	first  = "192.0.2.1:2055"
	second = "192.0.2.2:2055"
)

// A profile with export: false is a switch for privacy: what OVN-Kubernetes makes of the
// cluster's own lists must go, whenever it comes.
func TestAProfileKeepsANodeFromExporting(t *testing.T) {
	for name, run := range map[string]func(*testing.T, *source, *fakeovs.Switch){
		"ovnkube-node first": func(t *testing.T, s *source, sw *fakeovs.Switch) {
			ovnkubeStarts(t, sw, first)
			s.setAll(desired.Inputs{Network: network(t, netFlow(first)), Profiles: off()})
		},
		"the agent first": func(t *testing.T, s *source, sw *fakeovs.Switch) {
			s.setAll(desired.Inputs{Network: network(t, netFlow(first)), Profiles: off()})
			s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "ExportOff")
			ovnkubeStarts(t, sw, first)
		},
		"a new list": func(t *testing.T, s *source, sw *fakeovs.Switch) {
			s.setAll(desired.Inputs{Network: network(t, netFlow(first))})
			settled(t, sw, first)
			s.setAll(desired.Inputs{Network: network(t, netFlow(first)), Profiles: off()})
			s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "ExportOff")
			s.setAll(desired.Inputs{Network: network(t, netFlow(second)), Profiles: off()})
			s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "ExportOff")
			ovnkubeStarts(t, sw, second)
		},
		"a list of before": func(t *testing.T, s *source, sw *fakeovs.Switch) {
			s.setAll(desired.Inputs{Network: network(t, netFlow(first)), Profiles: off()})
			s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "ExportOff")
			s.setAll(desired.Inputs{Network: network(t, netFlow(second)), Profiles: off()})
			s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "ExportOff")
			ovnkubeStarts(t, sw, first)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, sw := startAgent(t)
			run(t, s, sw)
			awaitNoExport(t, sw)
			s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "ExportOff")
			s.await(t, v1alpha1.ConditionExporting, metav1.ConditionFalse, "Off")
		})
	}
}

// A list from two changes ago can come back with an ovnkube-node that was not rolled out.
func TestAListOfTwoChangesAgoIsRemoved(t *testing.T) {
	s, sw := startAgent(t)
	s.set(network(t, netFlow(first)))
	settled(t, sw, first)
	s.set(network(t, netFlow(second)))
	settled(t, sw, second)
	s.set(network(t, `null`))
	awaitNoExport(t, sw)
	ovnkubeStarts(t, sw, first)
	awaitNoExport(t, sw)
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "NothingConfigured")
}

// What the cluster never wanted is left, but nothing may say that export is off.
func TestAnExportThatTheClusterNeverWantedIsNoExportOff(t *testing.T) {
	s, sw := startAgent(t)
	s.setAll(desired.Inputs{Network: network(t, netFlow(first)), Profiles: off()})
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "ExportOff")
	tamper(t, sw, ovs.Exporter{Format: validation.NetFlow, Targets: []string{"203.0.113.9:9"}, Settings: ovs.Settings{}})
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionFalse, "ForeignExport")
	s.await(t, v1alpha1.ConditionExporting, metav1.ConditionTrue, "Unwanted")
	if !sw.Exports(validation.NetFlow, "203.0.113.9:9") {
		t.Error("another writer's row was removed")
	}
}

// Cleanup takes back what Sluice did; what ovnkube-node made by itself is not its to remove.
func TestCleanupLeavesWhatOnlyOVNKubernetesMade(t *testing.T) {
	sw := newSwitch()
	ovnkubeStarts(t, sw, first)
	s := startAgentOn(t, sw, func(c *agent.Config) { c.Mode = v1alpha1.ModeCleanup })
	s.set(network(t, netFlow(first)))
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "CleanedUp")
	if !sw.Exports(validation.NetFlow, first) {
		t.Error("the row of ovnkube-node was removed")
	}
}

// awaitNoExport waits until the switch exports nothing.
func awaitNoExport(t *testing.T, sw *fakeovs.Switch) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); <-ticker.C {
		state, err := sw.Read(t.Context())
		if _, exists := state.Export(validation.NetFlow); err == nil && !exists {
			return
		}
	}
	t.Fatal("NetFlow is still exported")
}

// Unknown is not empty: without a Network nobody knows the lists, and without a Node nobody
// knows the profile.
func TestWithoutANetworkOrANodeAllStaysAsItIs(t *testing.T) {
	for reason, missing := range map[string]desired.Inputs{
		"NetworkMissing": {Profiles: off()},
		"NodeMissing":    {Network: network(t, netFlow(second)), NodeMissing: true},
	} {
		t.Run(reason, func(t *testing.T) {
			s, sw := startAgent(t)
			s.set(network(t, netFlow(first)))
			_, writes := settled(t, sw, first)
			s.setAll(missing)
			s.await(t, v1alpha1.ConditionApplied, metav1.ConditionUnknown, reason)
			s.await(t, v1alpha1.ConditionExporting, metav1.ConditionUnknown, reason)
			s.await(t, v1alpha1.ConditionDrifted, metav1.ConditionUnknown, reason)
			if _, w := settled(t, sw, first); w != writes {
				t.Errorf("%d transactions", w-writes)
			}
			s.setAll(desired.Inputs{Network: network(t, netFlow(second))})
			settled(t, sw, second)
		})
	}
}

func TestCleanupNeedsNoNetwork(t *testing.T) {
	sw := newSwitch()
	state, err := sw.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d := ovs.Desired{}
	d.Export[validation.NetFlow].Exporter = &ovs.Exporter{Format: validation.NetFlow, Targets: []string{first}, Settings: ovs.Settings{}}
	plan, err := ovs.NewPlan(d, state)
	if err != nil {
		t.Fatal(err)
	}
	if err := sw.Write(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	s := startAgentOn(t, sw, func(c *agent.Config) { c.Mode = v1alpha1.ModeCleanup })
	s.setAll(desired.Inputs{})
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "CleanedUp")
	awaitNoExport(t, sw)
}
