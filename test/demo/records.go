package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"sluice/applier/collector"
	"sluice/test/harness/cluster"
	"sluice/test/harness/node"
	"sluice/test/harness/nodes"
)

const quickProfile = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportProfile
metadata:
  name: quick
spec:
  allowUnsampled: true        # a demo's traffic is small
  netFlow: {activeTimeout: 1}
  sFlow: {sampling: 1, polling: 1}
  ipfix: {sampling: 1, cacheActiveTimeout: 1, cacheMaxFlows: 100}
`

// goflow2Collector is a collector with the decoders of goflow2.
type goflow2Collector struct {
	// targets are its addresses, one for each format.
	targets []string
	mu      sync.Mutex
	lines   []string
	stop    func()
}

// records exports all formats at once to real collectors while pods talk.
func (s *stage) records(ctx context.Context) error {
	s.chapter("7. Records of all three formats at real collectors")
	s.say("A profile makes the nodes export at once instead of after a minute:")
	profile := cluster.Command{User: cluster.Admin, Stdin: quickProfile, Args: []string{"apply", "--server-side", "-f", "-"}}
	if err := s.kubectl(ctx, "with Sluice", s.guarded, profile, want{text: "serverside-applied"}); err != nil {
		return err
	}
	targets, err := s.startCollectors(ctx)
	if err != nil {
		return err
	}
	one, two := s.goflow2[0].targets, s.goflow2[1].targets
	flows := fmt.Sprintf(`{"netFlow":{"collectors":[%q,%q,%q]},"sFlow":{"collectors":[%q,%q,%q]},"ipfix":{"collectors":[%q,%q]}}`,
		targets.nfcapd, one[0], two[0], targets.sfacctd, one[1], two[1], one[2], two[2])
	s.say("nfcapd receives NetFlow, sfacctd receives sFlow, and two collectors based on goflow2 receive all three:")
	if err := s.export(ctx, flows, true); err != nil {
		return err
	}
	if err := s.reports(ctx, "Exporting", "SocketsOpen"); err != nil {
		return err
	}
	s.say("The pods on each node send traffic over IPv4 and IPv6.")
	for _, n := range s.fleet.Nodes {
		if err := n.Traffic(ctx, 40); err != nil {
			return err
		}
	}
	if err := s.realCollectors(ctx); err != nil {
		return err
	}
	return s.goflow2Collectors(ctx)
}

// collectors are the targets of the programs.
type collectors struct{ nfcapd, sfacctd string }

func (s *stage) startCollectors(ctx context.Context) (collectors, error) {
	var c collectors
	network := s.fleet.Network
	host := network.CollectorAddress(false)
	for _, target := range []*string{&c.nfcapd, &c.sfacctd} {
		var err error
		if *target, err = network.FreePort(ctx, host); err != nil {
			return c, err
		}
	}
	dir := filepath.Join(s.guarded.Dir, "nfcapd")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return c, fmt.Errorf("create a folder: %w", err)
	}
	var err error
	if s.nfcapd, err = node.StartNfcapd(ctx, network, c.nfcapd, dir); err != nil {
		return c, err
	}
	if s.sfacctd, err = node.StartSfacctd(ctx, network, c.sfacctd); err != nil {
		return c, err
	}
	for range 2 {
		var conns []net.PacketConn
		for range 3 {
			conn, err := network.Listen(ctx, "udp", net.JoinHostPort(host, "0"))
			if err != nil {
				return c, err
			}
			conns = append(conns, conn)
		}
		s.goflow2 = append(s.goflow2, startGoflow2Collector(ctx, conns))
	}
	return c, nil
}

func startGoflow2Collector(ctx context.Context, conns []net.PacketConn) *goflow2Collector {
	k := &goflow2Collector{}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var group sync.WaitGroup
	for _, conn := range conns {
		k.targets = append(k.targets, conn.LocalAddr().String())
		group.Go(func() {
			_ = collector.Receive(ctx, conn, time.Now, func(m collector.Message, _ error) { k.add(m) })
			_ = conn.Close()
		})
	}
	k.stop = func() {
		cancel()
		group.Wait()
	}
	return k
}

func (k *goflow2Collector) add(m collector.Message) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, r := range m.Records {
		if r.Source.IsValid() && r.Protocol == 17 {
			k.lines = append(k.lines, fmt.Sprintf("%-7s from %s: %s -> %s, %d packets", m.Format, m.Exporter, r.Source, r.Destination, max(r.Packets, 1)))
		}
	}
}

func (k *goflow2Collector) all() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Sorted(slices.Values(k.lines))
}

// realCollectors prints what nfcapd and sfacctd received, one record of each node.
func (s *stage) realCollectors(ctx context.Context) error {
	var nfcapd, sfacctd map[string]string
	err := nodes.Wait(ctx, 30*time.Second, func(ctx context.Context) string {
		flows, err := s.nfcapd.Flows(ctx)
		if err != nil {
			return err.Error()
		}
		samples, err := s.sfacctd.Flows()
		if err != nil {
			return err.Error()
		}
		nfcapd, sfacctd = map[string]string{}, map[string]string{}
		for _, f := range flows {
			nfcapd[f.Source] = fmt.Sprintf("%s:%d -> %s:%d, %d packets, %d bytes", f.Source, f.SourcePort, f.Destination, f.DestPort, f.Packets, f.Bytes)
		}
		for _, f := range samples {
			sfacctd[f.Source] = fmt.Sprintf("%s:%d -> %s:%d, %d packets, %d bytes", f.Source, f.SourcePort, f.Destination, f.DestPort, f.Packets, f.Bytes)
		}
		for _, n := range s.fleet.Nodes {
			if pod := n.PodAddress(1, false); nfcapd[pod] == "" || sfacctd[pod] == "" {
				return fmt.Sprintf("records of %s: nfcapd has %q, sfacctd has %q", pod, nfcapd[pod], sfacctd[pod])
			}
		}
		return ""
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.check(err == nil, fmt.Sprint(err))
	for _, collector := range []struct {
		name    string
		records map[string]string
	}{{"nfcapd (NetFlow)", nfcapd}, {"sfacctd (sFlow)", sfacctd}} {
		s.say(collector.name + " received, for example, one record of each node:")
		for _, n := range s.fleet.Nodes {
			s.print("      " + n.Name + ": " + collector.records[n.PodAddress(1, false)])
		}
	}
	return nil
}

// goflow2Collectors compares what the two other collectors received.
func (s *stage) goflow2Collectors(ctx context.Context) error {
	missing := func() string {
		text := strings.Join(s.goflow2[0].all(), "\n")
		for _, n := range s.fleet.Nodes {
			for _, format := range []string{"NetFlow", "sFlow", "IPFIX"} {
				if !slices.ContainsFunc(strings.Split(text, "\n"), func(line string) bool {
					return strings.HasPrefix(line, format) && strings.Contains(line, " "+n.PodAddress(1, false)+":")
				}) {
					return fmt.Sprintf("no %s record of %s", format, n.Name)
				}
			}
		}
		if a, b := s.goflow2[0].all(), s.goflow2[1].all(); !slices.Equal(a, b) {
			return fmt.Sprintf("%d records at one collector and %d at the other, or not the same", len(a), len(b))
		}
		return ""
	}
	err := nodes.Wait(ctx, 20*time.Second, func(context.Context) string { return missing() })
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.check(err == nil, fmt.Sprint(err))
	lines := s.goflow2[0].all()
	s.say("The first collector based on goflow2 received, for example, one record of each format from the first node:")
	for _, format := range []string{"NetFlow", "sFlow", "IPFIX"} {
		for _, line := range lines {
			if strings.HasPrefix(line, format) && strings.Contains(line, " "+s.fleet.Nodes[0].PodAddress(1, false)+":") {
				s.print("      " + line)
				break
			}
		}
	}
	s.print(s.paint(dim, fmt.Sprintf("      the second one received the same %d records", len(lines))))
	return nil
}

// stopCollectors ends all collectors.
func (s *stage) stopCollectors() error {
	var errs []error
	for _, k := range s.goflow2 {
		k.stop()
	}
	if s.nfcapd != nil {
		s.nfcapd.Stop()
	}
	if s.sfacctd != nil {
		errs = append(errs, s.sfacctd.Stop())
	}
	return errors.Join(errs...)
}
