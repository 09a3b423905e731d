package applier

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"sync"
)

// soakCollector counts the datagrams of its format, of each exporter.
type soakCollector struct {
	target string
	// header is how its datagrams begin.
	header []byte

	conn net.PacketConn
	done chan struct{}

	mu     sync.Mutex
	counts map[string]int
}

// soakCollectorHost is an address outside of the nodes' network: they reach it by their default route.
const soakCollectorHost = "203.0.113.99"

// newCollector starts a collector of a format on a port of its own.
func (s *soak) newCollector(format int) *soakCollector {
	s.t.Helper()
	target, err := s.fleet.Network.FreePort(context.WithoutCancel(s.t.Context()), soakCollectorHost)
	if err != nil {
		s.t.Fatal(err)
	}
	c := &soakCollector{target: target, counts: map[string]int{}, header: [3][]byte{{0, 5}, {0, 0, 0, 5}, {0, 10}}[format]}
	s.revive(c)
	s.t.Cleanup(c.stop)
	return c
}

// revive starts a collector that is not running.
func (s *soak) revive(c *soakCollector) {
	s.t.Helper()
	conn, err := s.fleet.Network.Listen(context.WithoutCancel(s.t.Context()), "udp", c.target)
	if err != nil {
		s.t.Fatal(err)
	}
	c.conn, c.done = conn, make(chan struct{})
	go func(done chan struct{}) {
		defer close(done)
		buffer := make([]byte, 65536)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return // closed
			}
			if sender, err := netip.ParseAddrPort(from.String()); err == nil && bytes.HasPrefix(buffer[:n], c.header) { // a probe is empty
				c.mu.Lock()
				c.counts[sender.Addr().Unmap().String()]++
				c.mu.Unlock()
			}
		}
	}(c.done)
}

// stop ends it, as if its process died.
func (c *soakCollector) stop() {
	if c.conn == nil {
		return
	}
	_ = c.conn.Close()
	<-c.done
	c.conn = nil
}

func (c *soakCollector) alive() bool { return c.conn != nil }

// from counts the datagrams of an exporter.
func (c *soakCollector) from(address string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts[address]
}
