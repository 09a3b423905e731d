package splitter

import (
	"errors"
	"net/netip"
	"testing"
	"time"
)

// Kind of fault: a program on the node invents records of others, or keeps those of ovs-vswitchd away.
func TestForgedDatagramsAreRefused(t *testing.T) {
	s := newTest(t)
	mine := vswitchd()
	var failure error
	looks := 0
	s.sources.own = func() ([]netip.AddrPort, error) { looks++; return []netip.AddrPort{mine}, failure }
	s.SetPorts([]Port{{Row: "1", Name: "p1", Index: 1, Owner: Pod{"team-a", "one"}}})
	s.SetExports([]Export{{Key{"team-a", "x"}, 7, []netip.AddrPort{collectorAddress(1)}}})
	templates := templatesOf(t, bridgeDomain)
	send := func(from netip.AddrPort, number uint64) {
		f := flow{in: named("p1", 1), source: netip.MustParseAddr("10.1.1.1"), target: netip.MustParseAddr("10.1.1.2"), number: number}
		for _, datagram := range append(templates, message(bridgeDomain, s.Now(), f)) {
			s.Handle(from, datagram)
		}
	}
	forger := netip.MustParseAddrPort("127.0.0.1:50000")
	send(forger, 666)
	send(mine, 1)
	s.pass(time.Second)
	send(forger, 666)
	for port := range uint16(1000) { // a flood of many sockets
		s.Handle(netip.AddrPortFrom(forger.Addr(), 10000+port), templates[0])
	}
	send(mine, 2)
	// ovs-vswitchd opens another socket during the flood, and another program gets its old one's port.
	old := mine
	mine = netip.MustParseAddrPort("127.0.0.1:40001")
	s.Refresh() // the agent does it after a change of the configuration
	send(mine, 3)
	s.pass(time.Second)
	s.Flush()
	send(old, 666)
	send(mine, 4)
	// While the sockets can't be listed, nothing that is not known is believed.
	failure = errors.New("no /proc")
	s.pass(time.Minute)
	send(mine, 5)
	failure = nil
	s.pass(time.Second)
	s.Flush()
	s.finish(t)
	var got []uint64
	for _, r := range decoded(t, s.network.at(collectorAddress(1))) {
		got = append(got, r.Packets)
	}
	want := []uint64{1, 2, 3, 4, 5}
	if len(got) != len(want) || got[0] != 1 || got[4] != 5 {
		t.Errorf("got the records %d, want %d", got, want)
	}
	counts, _ := s.Counts()
	if counts.Foreign == 0 || len(s.sources.known) > maxSources || s.sources.count > maxHeld {
		t.Errorf("%+v, %d senders, %d datagrams held", counts, len(s.sources.known), s.sources.count)
	}
	if looks > 10 {
		t.Errorf("the sockets were listed %d times", looks)
	}
}

func TestHeldDatagramsAreBounded(t *testing.T) {
	s := newTest(t)
	s.sources.own = func() ([]netip.AddrPort, error) { return nil, errors.New("no /proc") }
	for port := range uint16(20000) {
		s.Handle(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), 10000+port), make([]byte, 100))
	}
	if counts, _ := s.Counts(); s.sources.count != maxHeld || counts.Lost != 20000-maxHeld {
		t.Errorf("%d are held, %d are lost", s.sources.count, counts.Lost)
	}
}
