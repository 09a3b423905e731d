package applier

import (
	"fmt"
)

// events are all kinds of events; each settles after everything that it does.
func (s *soak) events() []func(*soakNode) {
	events := []func(*soakNode){
		s.podsComeAndGo, s.ovnkubeRestarts, s.ovnkubeRestartsWithEarlierLists, s.rowsAreCleared, s.vswitchdRestarts, s.databaseRestarts,
		s.collectorIsReplaced(0), s.collectorIsReplaced(1), s.collectorIsReplaced(2), s.apiServerIsAway, s.agentIsKilled, s.listsChange,
		s.routeIsRemoved, s.addressIsReplaced, s.bridgeIsMadeAgain, s.exportIsOff,
	}
	if s.long {
		events = append(events, s.collectorReturns)
	}
	return events
}

// targets are those of today's lists, as ovnkubeStart takes them.
func (s *soak) targets(earlier bool) map[string][]string {
	targets := map[string][]string{}
	for i, f := range soakFormats() {
		target := s.collectors[i].target
		if earlier && s.earlier[i] != "" {
			target = s.earlier[i]
		}
		targets[f.table] = []string{target}
	}
	return targets
}

func (s *soak) podsComeAndGo(n *soakNode) {
	for range 5 {
		s.created++
		device := fmt.Sprintf("soak%d", s.created)
		s.do(n, "ip", "link", "add", device, "type", "veth", "peer", "name", device+"p")
		s.do(n, "ip", "link", "set", device, "up")
		vsctl(s.t, n.Node, "add-port", "br-int", device)
		if err := n.Send(s.t.Context(), 4); err != nil {
			s.t.Fatal(err)
		}
		vsctl(s.t, n.Node, "del-port", "br-int", device)
		s.do(n, "ip", "link", "del", device)
	}
	s.settle("pods come and go", truthWithin)
}

func (s *soak) do(n *soakNode, name string, args ...string) {
	s.t.Helper()
	if out, err := n.Command(s.t.Context(), name, args...).CombinedOutput(); err != nil {
		s.t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

func (s *soak) ovnkubeRestarts(n *soakNode) {
	ovnkubeStart(s.t, n.Node, s.targets(false))
	s.settle("ovnkube-node restarts", truthWithin)
}

func (s *soak) ovnkubeRestartsWithEarlierLists(n *soakNode) {
	ovnkubeStart(s.t, n.Node, s.targets(true))
	s.settle("ovnkube-node restarts with earlier lists", truthWithin)
}

func (s *soak) rowsAreCleared(n *soakNode) {
	vsctl(s.t, n.Node, "--", "clear", "bridge", "br-int", "netflow", "--", "clear", "bridge", "br-int", "ipfix")
	s.settle("another program clears rows", truthWithin)
}

func (s *soak) vswitchdRestarts(n *soakNode) {
	n.StopVswitchd()
	n.vswitchdDown = true
	s.settle("ovs-vswitchd ends", truthWithin)
	if err := n.StartVswitchd(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	n.vswitchdDown = false
	s.settle("ovs-vswitchd starts", truthWithin)
}

func (s *soak) databaseRestarts(n *soakNode) {
	n.StopDatabase()
	n.databaseDown = true
	s.settle("ovsdb-server ends", truthWithin)
	if err := n.StartDatabase(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	n.databaseDown = false
	s.settle("ovsdb-server starts", truthWithin)
}

// collectorIsReplaced ends the collector of a format, and moves the lists to another one.
func (s *soak) collectorIsReplaced(i int) func(*soakNode) {
	format := soakFormats()[i].report
	return func(*soakNode) {
		s.collectors[i].stop()
		s.settle("a collector of "+format+" dies", deathWithin)
		s.earlier[i] = s.collectors[i].target
		s.collectors[i] = s.newCollector(i)
		s.list()
		s.settle("a collector of "+format+" is replaced", truthWithin)
	}
}

func (s *soak) collectorReturns(*soakNode) {
	c := s.collectors[s.random.IntN(3)]
	c.stop()
	s.settle("a collector dies", deathWithin)
	s.revive(c)
	s.settle("a collector is back", returnWithin)
}

func (s *soak) listsChange(*soakNode) {
	i := s.random.IntN(3)
	s.earlier[i] = s.collectors[i].target
	s.collectors[i] = s.newCollector(i)
	s.list()
	s.settle("the lists change", truthWithin)
}

// apiServerIsAway takes the API server from the agents. Meanwhile the lists change, and rows are cleared.
func (s *soak) apiServerIsAway(n *soakNode) {
	s.fleet.Server.Shut()
	i := s.random.IntN(3)
	s.earlier[i] = s.collectors[i].target
	s.collectors[i] = s.newCollector(i)
	s.list()
	vsctl(s.t, n.Node, "clear", "bridge", "br-int", "sflow")
	s.fleet.Server.Open()
	s.settle("the API server was away", truthWithin)
}

// agentIsKilled kills an agent. Meanwhile its rows are cleared.
func (s *soak) agentIsKilled(n *soakNode) {
	n.agent.Kill()
	n.agentDown = true
	vsctl(s.t, n.Node, "clear", "bridge", "br-int", "ipfix")
	s.settle("an agent is killed", truthWithin)
	s.judgedDown(n)
	s.startAgent(n)
	s.settle("an agent starts", truthWithin)
}
