package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"sluice/test/harness/cluster"
	"sluice/test/harness/node"
	"sluice/test/harness/nodes"
)

// nodes starts three nodes with their agents, and runs the procedure of the documentation until the
// record is in Open vSwitch.
func (s *stage) nodes(ctx context.Context) error {
	s.chapter("6. Three nodes: the accepted list becomes configuration of Open vSwitch")
	s.say("Each node has an ovsdb-server, an ovs-vswitchd, two pods on br-int, and the agent of Sluice.")
	if err := s.clear(ctx); err != nil {
		return err
	}
	agent, err := cluster.BuildAgent(ctx, s.guarded.Dir)
	if err != nil {
		return err
	}
	if s.fleet, err = nodes.Start(ctx, s.guarded, nodes.Options{Nodes: []string{"worker-1", "worker-2", "worker-3"}, Release: node.NewestRelease(ctx), Program: agent}); err != nil {
		return err
	}
	if s.plugin, err = cluster.BuildPlugin(ctx, s.guarded.Dir); err != nil {
		return err
	}
	for _, n := range s.fleet.Nodes {
		if _, err := s.fleet.StartAgent(ctx, n, "--hold-down=1s", "--resync=2s", "--poll=300ms"); err != nil {
			return err
		}
	}
	if err := s.reports(ctx, "Applied", "NothingConfigured"); err != nil {
		return err
	}
	collector := s.fleet.Network.CollectorAddress(false) + ":2056"
	s.say("The documentation's patch, for the collector " + collector + ":")
	start := time.Now()
	if err := s.export(ctx, fmt.Sprintf(`{"netFlow":{"collectors":[%q]}}`, collector), true); err != nil {
		return err
	}
	if err := s.reports(ctx, "Applied", "InSync"); err != nil {
		return err
	}
	s.print(fmt.Sprintf("      %s", s.paint(dim, fmt.Sprintf("all three nodes reported it as applied after %d ms", time.Since(start).Milliseconds()))))
	s.say("The documentation's verification, on each node:")
	for _, n := range s.fleet.Nodes {
		if err := s.documentedRecord(ctx, n, collector); err != nil {
			return err
		}
	}
	s.say("The same with one command, and as objects:")
	if err := s.sluicePlugin(ctx, "status", 0, "3 of 3 nodes are up to date"); err != nil {
		return err
	}
	return s.kubectl(ctx, "with Sluice", s.guarded, cluster.Command{User: cluster.Admin, Args: []string{"get", "nodeflowexports"}}, want{text: "1 idle"})
}

// documentedRecord prints what the documentation's loop prints for a node and compares it
// with the documented output.
func (s *stage) documentedRecord(ctx context.Context, n *node.Node, collector string) error {
	s.command(n.Name+"   ", "for type in ipfix sflow netflow ; do ovs-vsctl find $type ; done")
	var b strings.Builder
	for _, table := range []string{"ipfix", "sflow", "netflow"} {
		text, err := n.Vsctl(ctx, "find", table)
		if err != nil {
			return err
		}
		b.WriteString(text)
	}
	got := b.String()
	s.output(strings.TrimRight(got, "\n")+"\n", false)
	want := `_uuid               : UUID
active_timeout      : 60
add_id_to_interface : false
engine_id           : []
engine_type         : []
external_ids        : {}
targets             : ["` + collector + `"]
`
	uuid := regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	s.check(strings.TrimSpace(uuid.ReplaceAllString(got, "UUID")) == strings.TrimSpace(want), "the documentation prints\n"+want)
	return nil
}

// export patches the lists.
func (s *stage) export(ctx context.Context, flows string, show bool) error {
	command := cluster.Command{User: cluster.NetAdmin, Args: []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":` + flows + `}}`}}
	if show {
		return s.kubectl(ctx, "with Sluice", s.guarded, command, want{text: "patched"})
	}
	_, err := s.guarded.Must(ctx, command)
	return err
}

// reports waits until all nodes report a condition with a reason for the present generation.
func (s *stage) reports(ctx context.Context, kind, reason string) error {
	for _, n := range s.fleet.Nodes {
		if err := s.reported(ctx, n.Name, kind, "True", reason); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) reported(ctx context.Context, name, kind, status, reason string) error {
	generation, err := s.guarded.Must(ctx, cluster.Command{User: cluster.Admin, Args: []string{"get", "network.operator", "cluster", "-o", "jsonpath={.metadata.generation}"}})
	if err != nil {
		return err
	}
	wanted := generation.Stdout + " " + status + " " + reason
	path := fmt.Sprintf(`jsonpath={.status.observedGeneration} {.status.conditions[?(@.type=="%s")].status} {.status.conditions[?(@.type=="%s")].reason}`, kind, kind)
	err = nodes.Wait(ctx, 20*time.Second, func(ctx context.Context) string {
		result, err := s.guarded.Kubectl(ctx, cluster.Admin, "get", "nodeflowexport", name, "-o", path)
		if err != nil {
			return err.Error()
		}
		if result.Stdout == wanted {
			return ""
		}
		return fmt.Sprintf("%s reports %s %q, not %q", name, kind, result.Stdout, wanted)
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.check(err == nil, fmt.Sprint(err))
	return nil
}
