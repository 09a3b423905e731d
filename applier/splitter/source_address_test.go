package splitter

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
)

// located is a link with an address.
type located struct {
	*link
	source netip.Addr
}

func (l located) LocalAddr() net.Addr {
	return net.UDPAddrFromAddrPort(netip.AddrPortFrom(l.source, 1))
}

// Kind of fault: a socket that sends from an address that the node has no longer is kept for ever.
func TestASocketWhoseAddressIsGoneIsReplaced(t *testing.T) {
	first, second, another := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2"), netip.MustParseAddr("192.0.2.1")
	for name, test := range map[string]struct {
		source netip.Addr // of the first socket
		before []netip.Addr
		after  []netip.Addr
		dials  int
	}{
		"it is there":               {first, []netip.Addr{first, another}, []netip.Addr{another, first}, 1},
		"it is gone":                {first, []netip.Addr{first, another}, []netip.Addr{another, second}, 2},
		"it never was":              {first, []netip.Addr{another}, []netip.Addr{another, second}, 1},
		"the addresses are unknown": {first, []netip.Addr{first, another}, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTest(t)
			var mu sync.Mutex
			present, dials := test.before, 0
			s.config.Addresses = func() (map[netip.Addr]bool, error) {
				mu.Lock()
				defer mu.Unlock()
				if present == nil {
					return nil, io.ErrUnexpectedEOF
				}
				set := map[netip.Addr]bool{}
				for _, a := range present {
					set[a] = true
				}
				return set, nil
			}
			s.config.Dial = func(to netip.AddrPort) (io.WriteCloser, error) {
				mu.Lock()
				defer mu.Unlock()
				source := test.source
				if dials++; dials > 1 {
					source, to = second, collectorAddress(2) // another session, with all templates
				}
				return located{&link{network: s.network, to: to}, source}, nil
			}
			c := collectorAddress(1)
			s.SetPorts([]Port{{"1", "p1", 1, Pod{"team-a", "one"}}})
			s.SetExports([]Export{{Key{"team-a", "x"}, 7, []netip.AddrPort{c}}})
			for _, datagram := range templatesOf(t, bridgeDomain) {
				s.Handle(vswitchd(), datagram)
			}
			send := func() {
				t.Helper()
				s.flood("p1", 1, 1)
				s.Flush()
				s.drained(t, c)
			}
			send()
			s.Recover()
			mu.Lock()
			present = test.after
			mu.Unlock()
			s.Recover()
			send()
			s.Recover()
			send()
			s.finish(t)
			if dials != test.dials {
				t.Errorf("%d sockets were opened, want %d", dials, test.dials)
			}
			if got := len(decoded(t, s.network.at(c))) + len(decoded(t, s.network.at(collectorAddress(2)))); got != 3 {
				t.Errorf("%d records came", got)
			}
		})
	}
}
