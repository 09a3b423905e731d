package splitter

import (
	"errors"
	"io"
	"net/netip"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// machine is a collector's machine. A datagram to one that is off is taken; 3 seconds later, the kernel says to the next
// one that it could not be delivered.
type machine struct {
	*clock
	off     bool
	refuses error // what the kernel says at once
}

type toMachine struct {
	m        *machine
	awaiting time.Time
}

func (s *toMachine) Write(p []byte) (int, error) {
	now := s.m.Now()
	switch {
	case s.m.refuses != nil:
		return 0, s.m.refuses
	case !s.awaiting.IsZero() && now.Sub(s.awaiting) >= 3*time.Second:
		s.awaiting = time.Time{}
		return 0, syscall.EHOSTUNREACH
	case s.m.off && s.awaiting.IsZero():
		s.awaiting = now
	}
	return len(p), nil
}

func (*toMachine) Close() error { return nil }

// Kind of fault: a failure is forgotten although nothing could be sent since, or remembered although something could.
func TestAFailureIsReportedUntilSomethingCanBeSent(t *testing.T) {
	for name, fail := range map[string]func(m *machine, failing bool){
		"the machine is off": func(m *machine, failing bool) { m.off = failing },
		"no route": func(m *machine, failing bool) {
			if m.refuses = nil; failing {
				m.refuses = syscall.ENETUNREACH
			}
		},
		"a firewall of the node": func(m *machine, failing bool) {
			if m.refuses = nil; failing {
				m.refuses = syscall.EPERM
			}
		},
	} {
		for every, seconds := range map[string]int{"a record a second": 1, "a record in 7 seconds": 7, "a record a minute": 60, "a record in 20 minutes": 1200} {
			t.Run(name+", "+every, func(t *testing.T) {
				m := &machine{clock: &clock{now: time.Unix(1_800_000_000, 0)}}
				d := &delivery{
					collector: collectorAddress(1), now: m.Now, rate: &atomic.Uint32{}, queue: newQueue(),
					dial: func(netip.AddrPort) (io.WriteCloser, error) { return &toMachine{m: m}, nil },
				}
				second := 0
				run := func(seconds, every int, look func(CollectorCount)) {
					for range seconds {
						if second%every == 0 {
							d.send(&body{records: 1})
						}
						if second%15 == 10 {
							d.renew() // as by Recover
						}
						look(d.counted())
						second++
						m.pass(time.Second)
					}
				}
				run(10, seconds, func(c CollectorCount) {
					if c.Err != nil || c.Failed > 0 {
						t.Fatalf("it works, but %+v", c)
					}
				})
				fail(m, true)
				seen := false
				run(3*3600, seconds, func(c CollectorCount) {
					if seen = seen || c.Err != nil; seen && c.Err == nil {
						t.Fatalf("after %d seconds, the failure is forgotten: %+v", second, c)
					}
				})
				if c := d.counted(); !seen || c.Failed == 0 || errors.Is(c.Err, syscall.ECONNREFUSED) {
					t.Fatalf("%+v", c)
				}
				fail(m, false)
				run(300, 1200, func(CollectorCount) {})
				if c := d.counted(); c.Err != nil {
					t.Errorf("the failure is remembered: %+v", c)
				}
			})
		}
	}
}
