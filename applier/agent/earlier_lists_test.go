package agent_test

import (
	"fmt"
	"strings"
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

// switchedOff waits until the switch exports nothing and the report says so.
func switchedOff(t *testing.T, s *source, sw *fakeovs.Switch) {
	t.Helper()
	awaitNoExport(t, sw)
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "ExportOff")
	s.await(t, v1alpha1.ConditionExporting, metav1.ConditionFalse, "Off")
}

// list gives the agent a list on a node that is off, and waits until it took it in.
func (s *source) list(t *testing.T, generation int64, target string) {
	t.Helper()
	n := network(t, netFlow(target))
	n.Generation = generation
	s.setAll(desired.Inputs{Network: n, Profiles: off()})
	s.awaitGeneration(t, generation)
}

// awaitGeneration waits for a report about a generation of the Network.
func (s *source) awaitGeneration(t *testing.T, generation int64) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); <-ticker.C {
		s.mu.Lock()
		got := s.reported.ObservedGeneration
		s.mu.Unlock()
		if got == generation {
			return
		}
	}
	t.Fatalf("no report about generation %d", generation)
}

// Kind of fault: only the lists that this agent wrote on this bridge were known as the cluster's. What an
// ovnkube-node makes of any other went on exporting where a profile switches export off.
func TestARowOfAnEarlierListIsRemovedWhereExportIsOff(t *testing.T) {
	for name, run := range map[string]func(*testing.T, *source, *fakeovs.Switch){
		"of before the agent": func(t *testing.T, s *source, sw *fakeovs.Switch) {
			ovnkubeStarts(t, sw, first)
			s.list(t, 3, second)
		},
		"on a bridge that was made again": func(t *testing.T, s *source, sw *fakeovs.Switch) {
			s.list(t, 3, first)
			s.list(t, 4, second)
			sw.Remake()
			ovnkubeStarts(t, sw, first)
		},
		"of more lists than are stored": func(t *testing.T, s *source, sw *fakeovs.Switch) {
			for i := range int64(12) {
				s.list(t, 3+i, fmt.Sprintf("192.0.2.%d:2055", 1+i))
			}
			switchedOff(t, s, sw)
			ovnkubeStarts(t, sw, first)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, sw := startAgent(t)
			run(t, s, sw)
			switchedOff(t, s, sw)
		})
	}
}

// A list that comes and goes while another writer may not be done is known afterwards, also to another
// agent.
func TestAListOfWithinAHoldDownIsStored(t *testing.T) {
	sw := newSwitch()
	s := startAgentOn(t, sw, func(c *agent.Config) { c.Changes = sw.Changes(); c.HoldDown = time.Hour })
	s.list(t, 3, first)
	ovnkubeStarts(t, sw, first) // the first one is removed at once
	awaitNoExport(t, sw)
	ovnkubeStarts(t, sw, first)
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionFalse, "HeldDown")
	s.list(t, 4, second)
	s.list(t, 5, "192.0.2.3:2055")
	state, err := sw.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	row := ovs.Row{UUID: "row", Exporter: ovs.Exporter{Format: validation.NetFlow, Targets: []string{second}, Settings: ovs.Settings{ovs.ActiveTimeout: "60"}}}
	if drift := ovs.Classify(nil, &row, ovs.Evidence{LastApplied: state.Bridge.LastApplied[validation.NetFlow]}); !drift.Removable() {
		t.Errorf("a row of a list of within the hold-down is %s; stored is %q", drift.Class, state.Bridge.LastApplied)
	}
}

// What is known of earlier lists comes to a new bridge, and an agent that only observed stores it once it
// may write.
func TestEarlierListsAreStoredWithANewBridge(t *testing.T) {
	s, sw := startAgent(t)
	s.list(t, 3, first)
	s.list(t, 4, second)
	before, err := sw.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := before.Bridge.LastApplied[validation.NetFlow].Cluster
	if want[1] == "" {
		t.Fatalf("the earlier list is not stored: %v", want)
	}
	sw.Remake()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	var got [8]string
	for deadline := time.Now().Add(10 * time.Second); got != want && time.Now().Before(deadline); <-ticker.C {
		after, err := sw.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got = after.Bridge.LastApplied[validation.NetFlow].Cluster
	}
	if got != want {
		t.Errorf("stored were %v, and with the new bridge %v", want, got)
	}
}

// Another program's row is no row of OVN-Kubernetes, even if only one column or the spelling of a target
// tells. It is left, also where export is off, and the report does not claim to know its history.
func TestARowOfAnotherShapeIsLeftWhereExportIsOff(t *testing.T) {
	for name, row := range map[string]ovs.Exporter{
		"another value":   {Targets: []string{"203.0.113.9:9"}, Settings: ovs.Settings{ovs.ActiveTimeout: "61"}},
		"a column more":   {Targets: []string{"203.0.113.9:9"}, Settings: ovs.Settings{ovs.ActiveTimeout: "60", ovs.EngineID: "7"}},
		"a host's name":   {Targets: []string{"collector.example:9"}, Settings: ovs.Settings{ovs.ActiveTimeout: "60"}},
		"no port":         {Targets: []string{"203.0.113.9"}, Settings: ovs.Settings{ovs.ActiveTimeout: "60"}},
		"one of them not": {Targets: []string{"203.0.113.9:9", "collector.example:9"}, Settings: ovs.Settings{ovs.ActiveTimeout: "60"}},
	} {
		t.Run(name, func(t *testing.T) {
			row.Format = validation.NetFlow
			s, sw := startAgent(t)
			s.list(t, 3, first)
			tamper(t, sw, row)
			condition := s.await(t, v1alpha1.ConditionApplied, metav1.ConditionFalse, "ForeignExport")
			if !strings.Contains(condition.Message, "not known to this agent") {
				t.Errorf("the message is %q", condition.Message)
			}
			if !sw.Exports(validation.NetFlow, row.Targets[0]) {
				t.Error("another writer's row was removed")
			}
		})
	}
}

// An agent knows more lists than are stored with the bridge, on every node.
func TestAListOfManyChangesAgoIsRemoved(t *testing.T) {
	s, sw := startAgent(t)
	for i := range 12 {
		target := fmt.Sprintf("192.0.2.%d:2055", 1+i)
		s.set(network(t, netFlow(target)))
		settled(t, sw, target)
	}
	s.set(network(t, `null`))
	awaitNoExport(t, sw)
	ovnkubeStarts(t, sw, first)
	awaitNoExport(t, sw)
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "NothingConfigured")
}

// On a node that is on, a row of an unknown list stays another program's where nothing is desired.
func TestAShapeIsNoEvidenceWhereExportIsOn(t *testing.T) {
	s, sw := startAgent(t)
	ovnkubeStarts(t, sw, first)
	s.set(network(t, `null`))
	s.await(t, v1alpha1.ConditionDrifted, metav1.ConditionTrue, "ForeignWrite")
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "NothingConfigured")
	if !sw.Exports(validation.NetFlow, first) {
		t.Error("the row was removed")
	}
}
