package splitter

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"
)

// What the kernel drops, because the receive buffer is full, is counted, and nothing is dropped that is not.
func TestWhatFindsTheReceiveBufferFullIsCounted(t *testing.T) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetReadBuffer(1 << 16); err != nil {
		t.Fatal(err)
	}
	sender, err := net.Dial("udp4", conn.LocalAddr().String()) //nolint:noctx // returns at once
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	own := netip.MustParseAddrPort(sender.LocalAddr().String())
	s := New(Config{Own: func() ([]netip.AddrPort, error) { return []netip.AddrPort{own}, nil }, Now: time.Now})
	s.SetBridge(bridgeDomain, 1)
	sent := uint64(0)
	send := func() {
		t.Helper()
		datagram := message(bridgeDomain, time.Now(), flow{in: named("p1", 1), source: netip.MustParseAddr("10.1.1.1"), target: netip.MustParseAddr("10.1.1.2"), number: 1})
		sent++
		copy(datagram[8:], []byte{byte(sent >> 24), byte(sent >> 16), byte(sent >> 8), byte(sent)})
		if _, err := sender.Write(datagram); err != nil {
			t.Fatal(err)
		}
	}
	for range 2000 {
		send() // no one receives yet
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Receive(ctx, conn) }()
	counts := func() Counts {
		c, _ := s.Counts()
		return c
	}
	for counts().Datagrams == 0 { // there is room from now on
		if t.Context().Err() != nil {
			t.Fatal("nothing is received")
		}
	}
	for c := counts(); c.Datagrams+c.Overflowed < sent; c = counts() {
		send() // the kernel tells it with the next one
		for before := c.Datagrams; counts().Datagrams == before; {
			if t.Context().Err() != nil {
				t.Fatalf("%+v of %d", counts(), sent)
			}
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if c := counts(); c.Datagrams+c.Overflowed != sent || c.Overflowed == 0 || c.Missed != c.Overflowed || c.Foreign+c.Lost > 0 {
		t.Errorf("%+v of %d", c, sent)
	}
}
