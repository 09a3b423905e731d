package applier

import (
	"context"
	"strings"
	"syscall"
	"testing"

	"sluice/test/harness/nodes"
)

// statusSays waits until status ends with an exit status and says all of this.
func statusSays(t *testing.T, wantCode int, want ...string) {
	t.Helper()
	eventually(t, func(context.Context) string {
		out, code := plugin(t, "", "status")
		for _, w := range want {
			if code != wantCode || !strings.Contains(out, w) {
				return "status ended with another status than expected, or does not say " + w + ":\n" + out
			}
		}
		return ""
	})
}

// A report is not a heartbeat: what a dead agent reported last counts for nothing, though
// nothing has changed since.
func TestADeadAgentIsSeen(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *nodes.Agent){
		"killed":  func(_ *testing.T, a *nodes.Agent) { a.Kill() },
		"stopped": func(t *testing.T, a *nodes.Agent) { signal(t, a, syscall.SIGSTOP) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFleet(t, "node-a", "node-b")
			_, target := listen(t, f, false)
			export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
			dying := startAgent(t, f, f.Nodes[0], "--lease=3s")
			startAgent(t, f, f.Nodes[1])
			for _, n := range f.Nodes {
				hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
			}
			statusSays(t, 0, "2 of 2 nodes are up to date, 2 export to all collectors.")
			end(t, dying)
			statusSays(t, 1, "1 of 2 nodes are up to date, 1 exports to all collectors.",
				"node-a: AgentDown: the agent has not renewed its Lease for ", "; the values are from its last report", "node-a  Enforce  (True)")
			if out, code := plugin(t, "", "doctor"); code != 1 || !strings.Contains(out, "bad      agents that reported") || !strings.Contains(out, "node-a") {
				t.Errorf("doctor says, with exit status %d:\n%s", code, out)
			}
			if name == "stopped" {
				signal(t, dying, syscall.SIGCONT)
			} else {
				startAgent(t, f, f.Nodes[0], "--lease=3s")
			}
			statusSays(t, 0, "2 of 2 nodes are up to date, 2 export to all collectors.")
		})
	}
}

func signal(t *testing.T, a *nodes.Agent, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(a.PID, s); err != nil {
		t.Fatal(err)
	}
}

// The Lease names the node as its owner, and the report the Network that it is about.
func TestTheLeaseGoesWithTheNode(t *testing.T) {
	f := newFleet(t, "node-a")
	startAgent(t, f, f.Nodes[0])
	hasCondition(t, "node-a", "Applied", "True", "")
	statusSays(t, 0, "1 of 1 node is up to date")
	uid := kubectl(t, "get", "node", "node-a", "-o", "jsonpath={.metadata.uid}")
	if owner := kubectl(t, "get", "--namespace=sluice-agent", "lease", "node-a", "-o", "jsonpath={.metadata.ownerReferences[*].uid}"); owner != uid {
		t.Errorf("owned by %q, not by the node %s", owner, uid)
	}
	network := kubectl(t, "get", "network.operator", "cluster", "-o", "jsonpath={.metadata.uid}")
	if reported := kubectl(t, "get", "nodeflowexport", "node-a", "-o", "jsonpath={.status.networkUID}"); reported != network {
		t.Errorf("the report is about the Network %q, not %s", reported, network)
	}
}
