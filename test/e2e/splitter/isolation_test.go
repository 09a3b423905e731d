package splitter

import (
	"fmt"
	"io"
	"net/netip"
	"sync"
	"testing"

	"sluice/applier/agent"
	"sluice/applier/splitter"
	"sluice/test/harness/node"
)

// dialFromNode opens the sockets as the agent does: connected, in the network of the node.
func (w *world) dialFromNode(to netip.AddrPort) (conn io.WriteCloser, err error) {
	return conn, w.node.Within(func() (err error) {
		conn, err = agent.DialUDP(to)
		return err
	})
}

// blocked is a socket that takes nothing until it is closed or free gets closed, as one with a full send buffer.
type blocked struct {
	free, closed chan struct{}
	once         *sync.Once
}

func (b blocked) Write(p []byte) (int, error) {
	select {
	case <-b.free:
	case <-b.closed:
	}
	return len(p), nil
}

func (b blocked) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}

// exportTo is a FlowExport with some readers and further addresses as collectors.
func exportTo(namespace string, list []reader, others ...netip.AddrPort) splitter.Export {
	e := exportOf(namespace, list)
	e.Collectors = append(others, e.Collectors...)
	return e
}

// counted are the counts of the collectors.
func (w *world) counted() map[netip.AddrPort]splitter.CollectorCount {
	_, exports := w.Counts()
	all := map[netip.AddrPort]splitter.CollectorCount{}
	for _, e := range exports {
		for _, c := range e.Collectors {
			all[c.Collector] = c
		}
	}
	return all
}

// A collector that is dead, one without a host, one that reads nothing, and one whose socket is blocked: the other
// collectors of the tenant and those of another one get their flows exactly, and only the faulty ones are said to be.
func TestFaultyCollectorsConcernNoOther(t *testing.T) {
	for _, release := range []node.Release{node.Debian12, node.Debian13} {
		t.Run("Debian "+string(release), func(t *testing.T) {
			w := newWorld(t, release, "team-a_one", "team-a_two", "team-b_one")
			a, b := readers(t, w.network, 101), readers(t, w.network, 111)
			dead, hostless := netip.MustParseAddrPort("192.168.1.121:4739"), netip.MustParseAddrPort("192.168.1.122:4739")
			deaf, stuck := netip.MustParseAddrPort("192.168.1.123:4739"), netip.MustParseAddrPort("192.168.1.124:4739")
			if err := w.network.AddAddress(t.Context(), dead.Addr().String()); err != nil {
				t.Fatal(err)
			}
			unread, err := w.network.Listen(t.Context(), "udp4", deaf.String())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = unread.Close() })
			free := make(chan struct{})
			t.Cleanup(sync.OnceFunc(func() { close(free) })) // before the splitter waits for its deliveries
			w.dialer = func(to netip.AddrPort) (io.WriteCloser, error) {
				if to == stuck {
					return blocked{free: free, closed: make(chan struct{}), once: &sync.Once{}}, nil
				}
				return w.dialFromNode(to)
			}
			w.SetBridge(123, 1)
			w.SetExports([]splitter.Export{exportTo("team-a", a, dead, hostless, deaf, stuck), exportOf("team-b", b)})
			w.export(t, "sampling=1")
			wantA, wantB := map[string]int{}, map[string]int{}
			eventually(t, func() string {
				for _, s := range []struct {
					from, to int
					of       []map[string]int
				}{{1, 2, []map[string]int{wantA}}, {1, 3, []map[string]int{wantA, wantB}}, {3, 2, []map[string]int{wantA, wantB}}} {
					if err := w.node.SendBetween(t.Context(), s.from, s.to, 4); err != nil {
						t.Fatal(err)
					}
					for _, want := range s.of {
						for k, n := range w.flows(s.from, s.to, 4) {
							want[k] += n
						}
					}
				}
				counts := w.counted()
				if counts[dead].LastRefused.IsZero() || counts[stuck].Dropped == 0 {
					return fmt.Sprintf("%+v", counts)
				}
				return ""
			})
			got(t, "team-a", a, wantA)
			got(t, "team-b", b, wantB)
			for to, c := range w.counted() {
				if to == hostless {
					continue // its socket takes nothing while the kernel looks for the host
				}
				if to == stuck != (c.Dropped > 0) || to == stuck != (c.Records == 0) || to == dead == c.LastRefused.IsZero() || c.Failed > 0 || c.Err != nil {
					t.Errorf("%+v", c)
				}
			}
		})
	}
}
