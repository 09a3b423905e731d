package applier

import (
	"strings"
	"testing"
)

func TestObserveWritesNothing(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	startAgent(t, f, n, "--mode=observe")
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	report := hasCondition(t, n.Name, "Applied", "False", "ObserveOnly")
	if got := report.Status.Formats[0]; got.Class != "Missing" || got.Summary != "not applied" {
		t.Errorf("the report says %q, %q", got.Class, got.Summary)
	}
	ovnkubeStart(t, n, map[string][]string{"netflow": {target}})
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	if strings.Contains(vsctl(t, n, "get", "bridge", "br-int", "external_ids"), "sluice") {
		t.Error("an observing agent left a note")
	}
}

func TestCleanupRemovesWhatIsSluices(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	vsctl(t, n, "--", "--id=@r", "create", "sFlow", `targets=["203.0.113.9:6343"]`, "agent=ovn-k8s-mp0", "--", "set", "bridge", "br-int", "sflow=@r")
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	a := startAgent(t, f, n)
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	startAgent(t, f, n, "--mode=cleanup")
	hasCondition(t, n.Name, "Applied", "True", "CleanedUp")
	got := rows(t, n) + vsctl(t, n, "get", "bridge", "br-int", "external_ids")
	if strings.Contains(got, target) || strings.Contains(got, "sluice") || !strings.Contains(got, "203.0.113.9:6343") {
		t.Errorf("after the clean-up:\n%s", got)
	}
}

func TestAnUnmanagedNetworkIsLeftAlone(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	kubectl(t, "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"managementState":"Unmanaged"}}`)
	t.Cleanup(func() {
		kubectl(t, "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"managementState":"Managed"}}`)
	})
	startAgent(t, f, n)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	hasCondition(t, n.Name, "Applied", "False", "HandsOff")
	if got := vsctl(t, n, "find", "NetFlow"); got != "" {
		t.Errorf("written all the same:\n%s", got)
	}
}

// The Cluster Network Operator applies the lists at Removed, and so does Sluice. What it applied, it removes also when it
// may not apply anything any more.
func TestCleanupRemovesWhatIsSluicesFromAnUnmanagedNetwork(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	state := func(name string) {
		kubectl(t, "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"managementState":"`+name+`"}}`)
	}
	t.Cleanup(func() { state("Managed") })
	state("Removed")
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	a := startAgent(t, f, n)
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	state("Unmanaged")
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	startAgent(t, f, n, "--mode=cleanup")
	hasCondition(t, n.Name, "Applied", "True", "CleanedUp")
	if got := rows(t, n) + vsctl(t, n, "get", "bridge", "br-int", "external_ids"); strings.Contains(got, target) || strings.Contains(got, "sluice") {
		t.Errorf("after the clean-up:\n%s", got)
	}
}
