package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
)

// repair shows how agents react to faults, and that a removal removes everything.
func (s *stage) repair(ctx context.Context) error {
	s.chapter("8. When something goes wrong on a node")
	n := s.fleet.Nodes[0]
	if err := s.verify(ctx); err != nil {
		return err
	}
	s.say("ovnkube-node restarts and clears the export. Sluice waits (here for a second) and repairs it:")
	clearing := []string{"--", "clear", "bridge", "br-int", "netflow", "--", "clear", "bridge", "br-int", "sflow", "--", "clear", "bridge", "br-int", "ipfix"}
	s.command(n.Name+"   ", "ovs-vsctl "+strings.Join(clearing, " "))
	start := time.Now()
	if _, err := n.Vsctl(ctx, clearing...); err != nil {
		return err
	}
	if err := s.reported(ctx, n.Name, "Drifted", "True", "ForeignWrite"); err != nil {
		return err
	}
	if err := s.sluicePlugin(ctx, "status", 1, "worker-1: HeldDown"); err != nil {
		return err
	}
	if err := s.reported(ctx, n.Name, "Applied", "True", "InSync"); err != nil {
		return err
	}
	s.print(s.paint(dim, fmt.Sprintf("      repaired and reported %.1f s after the clear", time.Since(start).Seconds())))

	if err := s.deadCollector(ctx); err != nil {
		return err
	}
	s.say("The agent is killed. The export continues:")
	s.fleet.Agents[0].Kill()
	text, err := n.Vsctl(ctx, "--columns=targets", "find", "ipfix")
	if err != nil {
		return err
	}
	s.output(text, false)
	s.check(strings.Contains(text, "targets"), "nothing is exported")
	if _, err := s.fleet.StartAgent(ctx, n, "--hold-down=1s", "--resync=2s", "--poll=300ms"); err != nil {
		return err
	}
	return s.removal(ctx)
}

// verify proves with the collectors of the agents that records leave the nodes.
func (s *stage) verify(ctx context.Context) error {
	s.say("Do records leave each node? The agents act as collectors for a moment:")
	talking, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer func() {
		stop()
		group.Wait()
	}()
	for _, n := range s.fleet.Nodes {
		group.Go(func() {
			for talking.Err() == nil {
				_ = n.Send(talking, 4)
				_ = nodes.Wait(talking, 200*time.Millisecond, func(context.Context) string { return "time passes" })
			}
		})
	}
	return s.sluicePlugin(ctx, "verify", 0, "worker-3  IPFIX")
}

// deadCollector shows a collector that does not listen.
func (s *stage) deadCollector(ctx context.Context) error {
	s.say("No collector listens on this address. Open vSwitch does not report that, but Sluice does:")
	network := s.fleet.Network
	dead, err := network.FreePort(ctx, network.CollectorAddress(false))
	if err != nil {
		return err
	}
	if err := s.export(ctx, fmt.Sprintf(`{"netFlow":null,"sFlow":null,"ipfix":{"collectors":[%q,%q]}}`, s.goflow2[0].targets[2], dead), true); err != nil {
		return err
	}
	if err := s.reports(ctx, "Applied", "InSync"); err != nil {
		return err
	}
	for _, n := range s.fleet.Nodes {
		err := nodes.Wait(ctx, 20*time.Second, func(ctx context.Context) string {
			if err := n.Send(ctx, 4); err != nil {
				return err.Error()
			}
			result, err := s.guarded.Kubectl(ctx, cluster.Admin, "get", "nodeflowexport", n.Name, "-o", `jsonpath={.status.formats[?(@.format=="IPFIX")].summary}`)
			if err != nil {
				return err.Error()
			}
			if result.Stdout == "1 idle, 1 refused" || result.Stdout == "1 sending, 1 refused" {
				return ""
			}
			return n.Name + " reports " + result.Stdout
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.check(err == nil, fmt.Sprint(err))
	}
	return s.sluicePlugin(ctx, "status", 1, "Connection refused")
}

// removal runs the last procedure of the documentation.
func (s *stage) removal(ctx context.Context) error {
	s.say("The removal of the documentation empties the tables on every node:")
	remove := cluster.Command{User: cluster.NetAdmin, Args: []string{"patch", "network.operator", "cluster", "--type=json", `-p=[{"op":"remove", "path":"/spec/exportNetworkFlows"}]`}}
	if err := s.kubectl(ctx, "with Sluice", s.guarded, remove, want{text: "patched"}); err != nil {
		return err
	}
	if err := s.reports(ctx, "Applied", "NothingConfigured"); err != nil {
		return err
	}
	for _, n := range s.fleet.Nodes {
		var b strings.Builder
		for _, table := range []string{"ipfix", "sflow", "netflow"} {
			text, err := n.Vsctl(ctx, "find", table)
			if err != nil {
				return err
			}
			b.WriteString(text)
		}
		s.check(b.Len() == 0, n.Name+" still has "+b.String())
	}
	return s.sluicePlugin(ctx, "status", 0, "3 of 3 nodes are up to date")
}

// sluicePlugin runs "kubectl sluice" and checks its status and text.
func (s *stage) sluicePlugin(ctx context.Context, command string, status int, text string) error {
	return s.pluginAs(ctx, cluster.Admin, command, status, text)
}

// pluginAs is sluicePlugin with the rights of a user.
func (s *stage) pluginAs(ctx context.Context, user, command string, status int, text string) error {
	s.command("with Sluice", "kubectl sluice "+command)
	cmd := exec.CommandContext(ctx, s.plugin, append([]string{"--kubeconfig=" + s.guarded.Kubeconfig(user)}, strings.Fields(command)...)...)
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	err := cmd.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else if err != nil {
		return fmt.Errorf("kubectl sluice %s: %w", command, err)
	}
	s.output(b.String(), false)
	s.check(code == status, fmt.Sprintf("exit status %d, not %d", code, status))
	s.check(strings.Contains(b.String(), text), fmt.Sprintf("no %q in it", text))
	return nil
}
