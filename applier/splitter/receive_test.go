package splitter

import (
	"context"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// broken is a socket that fails some times, and then has a datagram.
type broken struct {
	mu       sync.Mutex
	failures int
	datagram []byte
	deadline time.Time
}

func (*broken) SetReadBuffer(int) error { return nil }

func (b *broken) SetReadDeadline(at time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.deadline = at
	return nil
}

func (b *broken) ReadMsgUDPAddrPort(to, _ []byte) (int, int, int, netip.AddrPort, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.failures > 0:
		b.failures--
		return 0, 0, 0, netip.AddrPort{}, syscall.ENOBUFS
	case b.datagram != nil:
		n := copy(to, b.datagram)
		b.datagram = nil
		return n, 0, 0, vswitchd(), nil
	}
	return 0, 0, 0, netip.AddrPort{}, os.ErrDeadlineExceeded
}

// Kind of fault: one error ends the receiving for ever, or is not told.
func TestReceivingGoesOnAfterErrors(t *testing.T) {
	s := newTest(t)
	conn := &broken{failures: 6, datagram: message(bridgeDomain, s.Now())}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.receive(ctx, conn) }()
	told := false
	for {
		told = told || s.Failure() != nil
		if counts, _ := s.Counts(); counts.Datagrams > 0 {
			break
		}
		if t.Context().Err() != nil {
			t.Fatal("nothing is received")
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if !told || s.Failure() != nil {
		t.Errorf("told: %t, then: %v", told, s.Failure())
	}
}

// What is missing in the sequence of ovs-vswitchd was lost before it came here.
func TestMissedRecordsAreCounted(t *testing.T) {
	for name, test := range map[string]struct {
		numbers []uint32
		missed  uint64
	}{
		"none":                        {[]uint32{7, 8, 9}, 0},
		"some":                        {[]uint32{7, 8, 12, 13, 20}, 9},
		"one was overtaken":           {[]uint32{5000, 5002, 5001, 5003}, 0},
		"around the end":              {[]uint32{1<<32 - 2, 1<<32 - 1, 0, 2}, 1},
		"ovs-vswitchd starts":         {[]uint32{90000, 90001, 1, 2, 3}, 0},
		"ovs-vswitchd starts at once": {[]uint32{7, 10, 1, 2}, 2},
		"another exporter far ahead":  {[]uint32{7, 1 << 31, 1<<31 + 1}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTest(t)
			for _, datagram := range templatesOf(t, bridgeDomain) {
				s.Handle(vswitchd(), datagram)
			}
			for _, n := range test.numbers {
				f := flow{in: named("p1", 1), source: netip.MustParseAddr("10.1.1.1"), target: netip.MustParseAddr("10.1.1.2"), number: 1}
				datagram := message(bridgeDomain, s.Now(), f)
				copy(datagram[8:], []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
				s.Handle(vswitchd(), datagram)
			}
			if counts, _ := s.Counts(); counts.Missed != test.missed || counts.LastMissed.IsZero() == (test.missed > 0) && name != "one was overtaken" {
				t.Errorf("%+v, want %d missed", counts, test.missed)
			}
		})
	}
}
