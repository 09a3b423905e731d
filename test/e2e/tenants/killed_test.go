package tenants

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/applier/collector"
	"sluice/test/harness/cluster"
	"sluice/test/harness/node"
	"sluice/test/harness/nodes"
)

// session is what came from one socket of an agent.
type session struct {
	templates, records int
	next               uint32
}

// sessions receives for a tenant, and notes what must not be: a flow of others, records before their templates, and gaps
// in the sequence.
type sessions struct {
	address string
	// own are the interfaces of the tenant's pods, and addresses those of the pods.
	own       map[string]bool
	addresses map[netip.Addr]bool

	mu     sync.Mutex
	of     map[netip.AddrPort]session
	faults []string
}

func (s *sessions) add(m collector.Message, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.of[m.Source]
	if m.Sequence == 0 && known.records > 0 {
		known = session{} // another agent got the port of an earlier one
	}
	known.templates += m.Templates
	known.records += len(m.Records)
	switch {
	case err != nil || m.Undecoded > 0:
		s.fault("%s: %d undecoded, %v", m.Source, m.Undecoded, err)
	case m.Sequence != known.next:
		s.fault("%s: sequence %d instead of %d", m.Source, m.Sequence, known.next)
	case known.templates == 0:
		s.fault("%s: records before templates", m.Source)
	}
	known.next = m.Sequence + uint32(len(m.Records)+m.Statistics)
	for _, r := range m.Records {
		if !s.own[r.InterfaceName] || r.Protocol == 17 && !s.addresses[r.Source.Addr()] && !s.addresses[r.Destination.Addr()] {
			s.fault("a flow of others: %s -> %s at %s", r.Source, r.Destination, r.InterfaceName)
		}
	}
	s.of[m.Source] = known
}

func (s *sessions) fault(format string, args ...any) {
	if len(s.faults) < 10 {
		s.faults = append(s.faults, fmt.Sprintf(format, args...))
	}
}

// seen are the sessions so far.
func (s *sessions) seen() map[netip.AddrPort]session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.of)
}

// fresh is the number of records of sessions that began after others were seen.
func (s *sessions) fresh(before map[netip.AddrPort]session) (records int) {
	for source, now := range s.seen() {
		if old, ok := before[source]; !ok || now.records < old.records {
			records += now.records
		}
	}
	return records
}

// receiveSessions receives for a tenant with some pods of a node.
func receiveSessions(t *testing.T, f *nodes.Fleet, n *node.Node, pods ...int) *sessions {
	t.Helper()
	conn, err := f.Network.Listen(t.Context(), "udp", f.Network.CollectorAddress(false)+":0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sessions{address: conn.LocalAddr().String(), own: map[string]bool{}, addresses: map[netip.Addr]bool{}, of: map[netip.AddrPort]session{}}
	for _, number := range pods {
		s.own[fmt.Sprintf("pod%d", number)] = true
		for _, ipv6 := range []bool{false, true} {
			s.addresses[netip.MustParseAddr(n.PodAddress(number, ipv6))] = true
		}
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = collector.Receive(ctx, conn, time.Now, s.add)
	}()
	t.Cleanup(func() {
		stop()
		<-done
		_ = conn.Close()
	})
	return s
}

// traffic makes pods send to each other until the function that it returns is called.
func traffic(t *testing.T, n *node.Node, pairs ...[2]int) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() {
		for {
			for _, pair := range pairs {
				if err := n.SendBetween(ctx, pair[0], pair[1], 4); ctx.Err() != nil {
					done <- nil
					return
				} else if err != nil {
					done <- err
					return
				}
			}
		}
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// The agent is killed and starts again while pods of two tenants send. No flow comes to the other tenant, and what comes
// afterwards is a session with templates and a sequence of its own.
func TestTheAgentIsKilledWhilePodsSend(t *testing.T) {
	f := startNode(t, "team-a_one", "team-a_two", "team-b_one", "team-b_two")
	n := f.Nodes[0]
	a, b := receiveSessions(t, f, n, 1, 2), receiveSessions(t, f, n, 3, 4)
	host, _, _ := strings.Cut(a.address, ":")
	policies(t, fmt.Sprintf(`{namespaces: {names: [team-a, team-b]}, allow: [{formats: [IPFIX], destinations: [%s/32]}]}`, host))
	passes(t, create(t, alice, "team-a", "siem", fmt.Sprintf("[%q]", a.address)))
	passes(t, create(t, bob, "team-b", "siem", fmt.Sprintf("[%q]", b.address)))
	for _, namespace := range []string{"team-a", "team-b"} {
		must(t, cluster.Admin, "", "wait", "-n", namespace, "--for=condition=Accepted", "--timeout=60s", "fex/siem")
	}
	stop := traffic(t, n, [2]int{1, 2}, [2]int{3, 4}, [2]int{1, 3}, [2]int{4, 2})
	for range 3 {
		beforeA, beforeB := a.seen(), b.seen()
		agent := startAgent(t, f)
		eventually(t, func() string {
			if first, second := a.fresh(beforeA), b.fresh(beforeB); first < 50 || second < 50 {
				return fmt.Sprintf("%d records came to team-a and %d to team-b", first, second)
			}
			return ""
		})
		agent.Kill()
	}
	stop()
	for name, s := range map[string]*sessions{"team-a": a, "team-b": b} {
		s.mu.Lock()
		if len(s.faults) > 0 {
			t.Errorf("%s: %s", name, strings.Join(s.faults, "\n"))
		}
		t.Logf("%s: %v", name, s.of)
		s.mu.Unlock()
	}
}
