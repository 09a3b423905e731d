package applier

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"sluice/test/harness/node"
	"sluice/test/harness/nodes"
)

// exporting starts an agent on a node of its own that exports NetFlow.
func exporting(t *testing.T, flags ...string) (*nodes.Fleet, *node.Node) {
	t.Helper()
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n, flags...)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	return f, n
}

func TestAFrozenVSwitchdIsReportedAndCatchesUp(t *testing.T) {
	f, n := exporting(t, "--ovs-timeout=1s")
	if err := n.Freeze(); err != nil {
		t.Fatal(err)
	}
	_, other := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+other+`"]}}`)
	hasCondition(t, n.Name, "Applied", "False", "VSwitchdHangs")
	if got := vsctl(t, n, "find", "NetFlow"); !strings.Contains(got, other) {
		t.Errorf("it is not even stored:\n%s", got)
	}
	if err := n.Thaw(); err != nil {
		t.Fatal(err)
	}
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
}

func TestAStoppedVSwitchdIsReportedAndCatchesUp(t *testing.T) {
	f, n := exporting(t, "--ovs-timeout=1s")
	n.StopVswitchd()
	_, other := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+other+`"]}}`)
	hasCondition(t, n.Name, "Applied", "False", "VSwitchdDown")
	if err := n.StartVswitchd(t.Context()); err != nil {
		t.Fatal(err)
	}
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
}

func TestAMissingSocketIsReportedAndFoundAgain(t *testing.T) {
	f, n := exporting(t)
	n.StopDatabase()
	hasCondition(t, n.Name, "OVSReachable", "False", "SocketMissing")
	hasCondition(t, n.Name, "Applied", "Unknown", "SocketMissing")
	_, other := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+other+`"]}}`)
	if err := n.StartDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
	hasCondition(t, n.Name, "OVSReachable", "True", "Connected")
	hasCondition(t, n.Name, "Applied", "True", "InSync")
}

func TestARefusedPermissionIsReported(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("without root the agent is refused by a socket without permissions")
	}
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	if os.Geteuid() == 0 {
		startUnprivileged(t, f, n)
	} else {
		if err := os.Chmod(n.Socket(), 0); err != nil {
			t.Fatal(err)
		}
		startAgent(t, f, n)
	}
	report := hasCondition(t, n.Name, "OVSReachable", "False", "PermissionDenied")
	for _, c := range report.Status.Conditions {
		if c.Type == "OVSReachable" && !strings.Contains(c.Message, "must run as root") {
			t.Errorf("the message does not say what to do: %s", c.Message)
		}
	}
}

func TestAMissingBridgeIsAwaited(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n, "--bridge=br-late")
	hasCondition(t, n.Name, "Applied", "False", "BridgeMissing")
	vsctl(t, n, "add-br", "br-late")
	hasCondition(t, n.Name, "Applied", "True", "InSync")
}

func TestADeadCollectorIsReportedAsRefused(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	apply(t, fastProfile)
	_, alive := listen(t, f, false)
	dead := freePort(t, f)
	export(t, `{"ipfix":{"collectors":["`+alive+`","`+dead+`"]},"sFlow":{"collectors":["`+dead+`"]}}`)
	startAgent(t, f, n)
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	eventually(t, func(ctx context.Context) string {
		if err := n.Send(ctx, 4); err != nil {
			return err.Error()
		}
		r, err := shared.Report(ctx, n.Name)
		if err != nil || r == nil {
			return "no report"
		}
		states := map[string]string{}
		for _, format := range r.Status.Formats {
			for _, c := range format.Collectors {
				states[string(format.Format)+" "+c.Target] = string(c.State)
			}
		}
		if slices.Contains([]string{"Idle", "Sending"}, states["IPFIX "+alive]) && states["IPFIX "+dead] == "Refused" && states["SFlow "+dead] == "Refused" {
			return ""
		}
		return strings.Join(mapText(states), ", ")
	})
	hasCondition(t, n.Name, "Exporting", "False", "Refused")
}
