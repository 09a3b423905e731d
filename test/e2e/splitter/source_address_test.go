package splitter

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"

	edge "sluice/applier/node"
	"sluice/applier/splitter"
	"sluice/test/harness/node"
)

// sources are the addresses that datagrams came from.
type sources struct {
	mu   sync.Mutex
	seen map[netip.Addr]int
}

func (s *sources) of(a netip.Addr) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[a]
}

// listenForSources receives on an address, and notes the sources.
func (w *world) listenForSources(t *testing.T, address string) *sources {
	t.Helper()
	conn, err := w.network.Listen(t.Context(), "udp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := &sources{seen: map[netip.Addr]int{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 2048)
		for {
			_, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return // closed
			}
			if udp, ok := from.(*net.UDPAddr); ok {
				s.mu.Lock()
				s.seen[udp.AddrPort().Addr().Unmap()]++
				s.mu.Unlock()
			}
		}
	}()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return s
}

// The address that a socket sends from is removed from the node, and another one is there. What is sent later comes
// from that, with IPv6 too, where the kernel would go on sending from the removed one.
func TestTheSourceAddressIsRemoved(t *testing.T) {
	for name, c := range map[string]struct{ collector, first, second, length, flags string }{
		"IPv4": {"10.99.0.99", "10.99.0.11", "10.99.0.12", "/24", ""},
		"IPv6": {"fd00:99::99", "fd00:99::11", "fd00:99::12", "/64", " nodad"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, node.Debian13, "team-a_one", "team-b_two")
			w.dialer = w.dialFromNode
			w.addresses = func() (list map[netip.Addr]bool, err error) {
				return list, w.node.Within(func() (err error) {
					list, err = edge.Addresses()
					return err
				})
			}
			first := netip.MustParseAddr(c.first)
			if err := w.node.IP(t.Context(), "addr add "+c.first+c.length+" dev eth0"+c.flags); err != nil {
				t.Fatal(err)
			}
			collector := netip.AddrPortFrom(netip.MustParseAddr(c.collector), 4739)
			got := w.listenForSources(t, collector.String())
			w.SetBridge(123, 1)
			w.SetExports([]splitter.Export{exportTo("team-a", nil, collector)})
			w.export(t, "sampling=1")
			sentFrom := func(source string) {
				t.Helper()
				a := netip.MustParseAddr(source)
				before := got.of(a)
				eventually(t, func() string {
					w.Recover() // as the agent does now and then
					if err := w.node.SendBetween(t.Context(), 1, 2, 4); err != nil {
						t.Fatal(err)
					}
					if got.of(a) == before {
						return fmt.Sprintf("nothing came from %s: %v; %+v", source, got.seen, w.counted())
					}
					return ""
				})
			}
			sentFrom(c.first)
			if err := w.node.IP(t.Context(), "addr del "+c.first+c.length+" dev eth0", "addr add "+c.second+c.length+" dev eth0"+c.flags); err != nil {
				t.Fatal(err)
			}
			sentFrom(c.second)
			// Nothing comes from the removed one any more.
			before := got.of(first)
			sentFrom(c.second)
			if after := got.of(first); after != before {
				t.Errorf("%d datagrams came from %s, which the node does not have", after-before, first)
			}
			if counted := w.counted()[collector]; counted.Err != nil {
				t.Errorf("%+v", counted)
			}
		})
	}
}
