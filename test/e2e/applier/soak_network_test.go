package applier

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sluice/api/v1alpha1"
	"sluice/test/harness/nodes"
)

// routeIsRemoved takes a node's route to the collectors, and gives it back.
func (s *soak) routeIsRemoved(n *soakNode) {
	ip(s.t, n.Node, "route", "del", "default")
	n.withoutRoute = true
	s.settle("a route is removed", truthWithin)
	s.routeBack(n)
	n.withoutRoute = false
	s.settle("a route is back", truthWithin)
}

// routeBack gives a node its default route.
func (s *soak) routeBack(n *soakNode) {
	s.t.Helper()
	ip(s.t, n.Node, "route", "add", "default", "via", "192.168.1.1", "src", n.address)
}

// addressIsReplaced takes the address from which a node sends, and gives it another one: a second one, or the first one
// again.
func (s *soak) addressIsReplaced(n *soakNode) {
	next := n.Address(false)
	if n.address == next {
		next = fmt.Sprintf("192.168.1.%d", 200+n.Number)
	}
	ip(s.t, n.Node, "addr", "del", n.address+"/24", "dev", "eth0")
	ip(s.t, n.Node, "addr", "add", next+"/24", "dev", "eth0")
	n.address = next
	s.routeBack(n)
	s.settle("the address of a node is replaced", movedWithin)
}

func (s *soak) bridgeIsMadeAgain(n *soakNode) {
	if err := n.RecreateBridge(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	s.settle("br-int is made again", truthWithin)
}

const soakOff = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportProfile
metadata: {name: private}
spec: {nodeSelector: {matchLabels: {soak: private}}, priority: 1000, export: false}
`

// exportIsOff switches export off on a node. Meanwhile ovnkube-node restarts.
func (s *soak) exportIsOff(n *soakNode) {
	kubectl(s.t, "label", "node", n.Name, "soak=private")
	apply(s.t, soakOff)
	n.off = true
	s.settle("a profile switches export off", truthWithin)
	ovnkubeStart(s.t, n.Node, s.targets(false))
	s.settle("ovnkube-node restarts where export is off", truthWithin)
	kubectl(s.t, "delete", "flowexportprofile", "private")
	kubectl(s.t, "label", "node", n.Name, "soak-")
	n.off = false
	s.settle("export is on again", truthWithin)
}

// offTruth is truth for a node on which export is off: there is neither a row nor a socket.
func (s *soak) offTruth(ctx context.Context, n *soakNode, r *v1alpha1.NodeFlowExport, sockets string) string {
	for i, f := range soakFormats() {
		out, err := n.Vsctl(ctx, "get", "bridge", "br-int", f.table)
		if err != nil || strings.TrimSpace(out) != "[]" {
			return fmt.Sprintf("%s: %s has a row, though export is off: %v", n.Name, f.report, err)
		}
		if strings.Contains(sockets, " "+s.collectors[i].target+" ") {
			return fmt.Sprintf("%s: there is a socket for %s, though export is off", n.Name, f.report)
		}
	}
	if missing := lacks(r, "Applied", "True"); missing != "" {
		return missing
	}
	return lacks(r, "Exporting", "False")
}

// judgedWithin is how soon an agent that is killed must be told as down.
const judgedWithin = 2 * time.Minute

// judgedDown waits until "kubectl sluice status" says that an agent is down, and that no other one is.
func (s *soak) judgedDown(n *soakNode) {
	s.t.Helper()
	begun := time.Now()
	err := nodes.Wait(s.t.Context(), judgedWithin, func(context.Context) string {
		out, code := plugin(s.t, "", "status")
		if code != 1 || !strings.Contains(out, "  "+n.Name+": AgentDown: ") {
			return fmt.Sprintf("status, with exit status %d, does not say that the agent on %s is down:\n%s", code, n.Name, out)
		}
		return ""
	})
	if err != nil {
		s.t.Fatal(err)
	}
	const kind = "status says AgentDown"
	if s.stats[kind] == nil {
		s.stats[kind] = &soakStat{}
	}
	s.stats[kind].count++
	s.stats[kind].longest = max(s.stats[kind].longest, time.Since(begun))
}
