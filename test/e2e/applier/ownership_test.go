package applier

import (
	"context"
	"strings"
	"testing"
)

func TestAForeignClearIsRepairedAfterTheHoldDown(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n, "--hold-down=2s")
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")

	vsctl(t, n, "clear", "bridge", "br-int", "netflow")
	hasCondition(t, n.Name, "Applied", "False", "HeldDown")
	hasCondition(t, n.Name, "Drifted", "True", "ForeignWrite")
	if got := vsctl(t, n, "find", "NetFlow"); got != "" {
		t.Errorf("it was repaired before the hold-down was over:\n%s", got)
	}
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	if got := vsctl(t, n, "find", "NetFlow"); !strings.Contains(got, target) {
		t.Errorf("it was not repaired:\n%s", got)
	}
	hasCondition(t, n.Name, "Drifted", "False", "None")
}

func TestAForeignChangeInPlaceIsRepairedInPlace(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	row := vsctl(t, n, "get", "bridge", "br-int", "ipfix")
	vsctl(t, n, "set", "IPFIX", "br-int", `targets=["203.0.113.9:4739"]`, "sampling=1", "obs_point_id=7")
	hasCondition(t, n.Name, "Drifted", "True", "ForeignWrite")
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	if after := vsctl(t, n, "get", "bridge", "br-int", "ipfix"); after != row {
		t.Errorf("the row was replaced: %s, then %s", row, after)
	}
	got := vsctl(t, n, "--columns=targets,sampling,obs_point_id", "list", "IPFIX")
	for _, want := range []string{target, ": 400", ": []"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestARowThatNobodyWantedIsReportedAndLeft(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	vsctl(t, n, "--", "--id=@r", "create", "sFlow", `targets=["203.0.113.9:6343"]`, "agent=ovn-k8s-mp0", "--", "set", "bridge", "br-int", "sflow=@r")
	before := vsctl(t, n, "list", "sFlow")
	startAgent(t, f, n)
	hasCondition(t, n.Name, "Drifted", "True", "ForeignWrite")
	hasCondition(t, n.Name, "Applied", "True", "NothingConfigured")
	if after := vsctl(t, n, "list", "sFlow"); after != before {
		t.Errorf("the row went from\n%s\nto\n%s", before, after)
	}
}

func TestARowOfOVNKubernetesIsAdoptedAndRemovedWithTheField(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	ovnkubeStart(t, n, map[string][]string{"netflow": {target}})
	row := vsctl(t, n, "get", "bridge", "br-int", "netflow")
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	a := startAgent(t, f, n)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	if after := vsctl(t, n, "get", "bridge", "br-int", "netflow"); after != row {
		t.Errorf("a row that was right already was replaced")
	}
	// Not this agent's memory, but what is written down, must tell that the row was wanted.
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	kubectl(t, "delete", "nodeflowexport", n.Name)
	export(t, `null`)
	startAgent(t, f, n)
	hasCondition(t, n.Name, "Applied", "True", "NothingConfigured")
	if got := vsctl(t, n, "find", "NetFlow"); got != "" {
		t.Errorf("the adopted row is still there:\n%s", got)
	}
}

func TestAnOutdatedOVNKubeNodeIsCorrected(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, old := listen(t, f, false)
	_, target := listen(t, f, false)
	startAgent(t, f, n)
	export(t, `{"netFlow":{"collectors":["`+old+`"]},"ipfix":{"collectors":["`+old+`"]}}`)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	export(t, `{"netFlow":{"collectors":["`+target+`"]},"ipfix":null}`)
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	// It starts again, before the operator rolled out the new lists.
	ovnkubeStart(t, n, map[string][]string{"netflow": {old}, "ipfix": {old}})
	hasCondition(t, n.Name, "Drifted", "True", "ForeignWrite")
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	if got := rows(t, n); strings.Contains(got, old) || !strings.Contains(got, target) {
		t.Errorf("the old lists are back:\n%s", got)
	}
}

func TestAgainstAStubbornWriterTheAgentGivesUp(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n, "--hold-down=100ms", "--max-repairs=2")
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	for range 2 {
		vsctl(t, n, "clear", "bridge", "br-int", "netflow")
		eventually(t, func(context.Context) string {
			if strings.Contains(vsctl(t, n, "find", "NetFlow"), target) {
				return ""
			}
			return "not repaired"
		})
	}
	vsctl(t, n, "clear", "bridge", "br-int", "netflow")
	hasCondition(t, n.Name, "Conflict", "True", "GaveUp")
	hasCondition(t, n.Name, "Applied", "False", "Conflict")
	// What is newly wanted is applied all the same.
	_, other := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+other+`"]}}`)
	eventually(t, func(context.Context) string {
		if strings.Contains(vsctl(t, n, "find", "NetFlow"), other) {
			return ""
		}
		return "a new list was not applied"
	})
	hasCondition(t, n.Name, "Conflict", "False", "None")
}

func TestOtherBridgesAndCollectorSetsAreLeftAlone(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	vsctl(t, n,
		"--", "add-br", "br-other",
		"--", "--id=@n", "create", "NetFlow", `targets=["203.0.113.9:2055"]`, "active_timeout=5",
		"--", "set", "bridge", "br-other", "netflow=@n", "--", "set", "bridge", "br-int", "netflow=@n",
		"--", "--id=@b", "get", "bridge", "br-int",
		"--", "--id=@i", "create", "IPFIX", `targets=["203.0.113.9:4739"]`,
		"--", "create", "Flow_Sample_Collector_Set", "id=42", "bridge=@b", "ipfix=@i")
	other := func() string {
		return vsctl(t, n, "list", "Flow_Sample_Collector_Set", "--", "find", "IPFIX", `targets="203.0.113.9:4739"`, "--", "get", "bridge", "br-other", "netflow", "--", "find", "NetFlow", `targets="203.0.113.9:2055"`)
	}
	before := other()
	export(t, `{"netFlow":{"collectors":["`+target+`"]},"ipfix":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n)
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	if after := other(); after != before {
		t.Errorf("what is others' went from\n%s\nto\n%s", before, after)
	}
	export(t, `null`)
	hasCondition(t, n.Name, "Applied", "True", "NothingConfigured")
	if after := other(); after != before {
		t.Errorf("after removal, what is others' went from\n%s\nto\n%s", before, after)
	}
	if got := vsctl(t, n, "get", "bridge", "br-int", "netflow", "ipfix"); strings.TrimSpace(got) != "[]\n[]" {
		t.Errorf("br-int still exports: %s", got)
	}
}
