package splitter

import (
	"errors"
	"io"
	"net/netip"
	"syscall"
	"testing"
	"time"
)

// flood sends records of a namespace's interface.
func (s *test) flood(name string, index uint32, records int) {
	for i := range records {
		f := flow{in: named(name, index), source: netip.MustParseAddr("10.1.1.1"), target: netip.MustParseAddr("10.1.1.2"), number: uint64(i + 1)}
		s.Handle(vswitchd(), message(bridgeDomain, s.Now(), f))
	}
}

// Kind of fault: a collector that is slow, dead or without a route delays others, or takes memory without end.
func TestAStuckCollectorDelaysNoOther(t *testing.T) {
	s := newTest(t)
	stuck, dead, fine, others := collectorAddress(1), collectorAddress(2), collectorAddress(3), collectorAddress(4)
	free := make(chan struct{})
	s.network.blocked = map[netip.AddrPort]chan struct{}{stuck: free}
	s.network.broken = map[netip.AddrPort]error{dead: errors.New("no route to host")}
	s.SetPorts([]Port{{"1", "p1", 1, Pod{"team-a", "one"}}, {"2", "p2", 2, Pod{"team-b", "two"}}})
	s.SetExports([]Export{{Key{"team-a", "x"}, 7, []netip.AddrPort{stuck, dead, fine}}, {Key{"team-b", "x"}, 7, []netip.AddrPort{others}}})
	for _, datagram := range templatesOf(t, bridgeDomain) {
		s.Handle(vswitchd(), datagram)
	}
	const records = 20000
	for range 200 {
		s.flood("p1", 1, records/200)
		s.flood("p2", 2, records/200)
		s.Flush()
		s.drained(t, fine, others)
	}
	for _, c := range []netip.AddrPort{fine, others} {
		if got := len(decoded(t, s.network.at(c))); got != records {
			t.Errorf("%s got %d of %d records", c, got, records)
		}
	}
	_, exports := s.Counts()
	counts := map[netip.AddrPort]CollectorCount{}
	for _, e := range exports {
		if e.Records != records {
			t.Errorf("%v: %d records", e.Key, e.Records)
		}
		for _, c := range e.Collectors {
			counts[c.Collector] = c
		}
	}
	if c := counts[stuck]; c.Dropped == 0 || c.Records > 0 {
		t.Errorf("stuck: %+v", c)
	}
	if c := counts[dead]; c.Failed == 0 || c.Records > 0 || c.Err == nil {
		t.Errorf("dead: %+v", c)
	}
	close(free)
	s.finish(t)
	_ = decoded(t, s.network.at(stuck)) // in order, without gaps in the sequence
}

// drained waits until the deliveries to some collectors have nothing to do.
func (s *test) drained(t *testing.T, collectors ...netip.AddrPort) {
	t.Helper()
	for _, c := range collectors {
		for {
			done := true
			for _, list := range s.streams {
				for _, st := range list {
					for _, d := range st.deliveries {
						got := d.counted()
						done = done && (d.collector != c || got.Records+got.Dropped+got.Failed >= st.records)
					}
				}
			}
			if done {
				break
			}
			if t.Context().Err() != nil {
				t.Fatal("the test ended")
			}
		}
	}
}

// TestQueuesAreBounded: with 100 FlowExports of 4 collectors each, nothing of which is ever sent.
func TestQueuesAreBounded(t *testing.T) {
	s := newTest(t)
	free := make(chan struct{})
	s.network.blocked = map[netip.AddrPort]chan struct{}{}
	var exports []Export
	var ports []Port
	for i := range 100 {
		e := Export{Key: Key{name(i), "x"}, Domain: 7}
		for j := range 4 {
			e.Collectors = append(e.Collectors, collectorAddress(4*i+j))
			s.network.blocked[collectorAddress(4*i+j)] = free
		}
		exports = append(exports, e)
		ports = append(ports, Port{name(i), name(i), uint32(i + 1), Pod{name(i), "one"}})
	}
	s.SetPorts(ports)
	s.SetExports(exports)
	for _, datagram := range templatesOf(t, bridgeDomain) {
		s.Handle(vswitchd(), datagram)
	}
	for i := range 100 {
		s.flood(name(i), uint32(i+1), 500)
	}
	bodies := map[*body]bool{}
	for _, list := range s.streams {
		for _, st := range list {
			for _, d := range st.deliveries {
				for _, b := range d.queue.bodies {
					bodies[b] = true
				}
			}
		}
	}
	if bytes := len(bodies) * maxMessage; len(bodies) == 0 || bytes > 8<<20 {
		t.Errorf("%d bodies wait, %d bytes", len(bodies), bytes)
	}
	close(free)
	s.finish(t)
}

func name(i int) string { return "team-" + string(rune('a'+i/10)) + string(rune('a'+i%10)) }

// refusing is a collector that is not there at first: the kernel reports that with the next datagram.
type refusing struct {
	*link
	refusals *int
}

func (r refusing) Write(message []byte) (int, error) {
	if *r.refusals > 0 {
		*r.refusals--
		return 0, syscall.ECONNREFUSED
	}
	return r.link.Write(message)
}

// A collector that starts later has to get the templates.
func TestTemplatesAreSentAgain(t *testing.T) {
	s := newTest(t)
	refusals := 0
	s.config.Dial = func(to netip.AddrPort) (io.WriteCloser, error) {
		return refusing{&link{network: s.network, to: to}, &refusals}, nil
	}
	c := collectorAddress(1)
	s.SetPorts([]Port{{"1", "p1", 1, Pod{"team-a", "one"}}})
	s.SetExports([]Export{{Key{"team-a", "x"}, 7, []netip.AddrPort{c}}})
	for _, datagram := range templatesOf(t, bridgeDomain) {
		s.Handle(vswitchd(), datagram)
	}
	templates := func(messages [][]byte) (count int) {
		for _, m := range messages {
			if m[headerLength+1] == setTemplates || m[headerLength+1] == setOptionsTemplates {
				count++
			}
		}
		return count
	}
	send := func(want int, why string) {
		t.Helper()
		before := len(s.network.at(c))
		s.flood("p1", 1, 1)
		s.Flush()
		s.drained(t, c)
		if got := templates(s.network.at(c)[before:]); got != want {
			t.Errorf("%s: %d messages with templates, want %d", why, got, want)
		}
	}
	send(2, "at first")
	send(0, "at once")
	s.pass(refreshTemplates)
	send(2, "after some time")
	s.SetBridge(bridgeDomain, 400)
	send(1, "another sampling rate")
	refusals = 1
	send(0, "refused")
	send(2, "after a refusal")
	_, exports := s.Counts()
	if refused := exports[0].Collectors[0].LastRefused; refused.IsZero() || exports[0].Collectors[0].Failed > 0 {
		t.Errorf("refused at %v, %d failed", refused, exports[0].Collectors[0].Failed)
	}
	s.finish(t)
	_ = decoded(t, s.network.at(c))
}

// A change of the list of collectors does not touch the sessions of those that stay.
func TestCollectorsComeAndGo(t *testing.T) {
	s := newTest(t)
	one, two, three := collectorAddress(1), collectorAddress(2), collectorAddress(3)
	s.SetPorts([]Port{{"1", "p1", 1, Pod{"team-a", "one"}}})
	for _, datagram := range templatesOf(t, bridgeDomain) {
		s.Handle(vswitchd(), datagram)
	}
	var ended []*delivery
	for _, collectors := range [][]netip.AddrPort{{one, two}, {three, one}, nil, {one}} {
		var exports []Export
		if collectors != nil {
			exports = []Export{{Key{"team-a", "x"}, 7, collectors}}
		}
		s.SetExports(exports)
		for _, st := range s.streams["team-a"] {
			ended = append(ended, st.deliveries...)
		}
		s.flood("p1", 1, 10)
	}
	s.finish(t)
	for _, d := range ended {
		<-d.ended // also those that were removed
	}
	for c, want := range map[netip.AddrPort]int{two: 10, three: 10} {
		if got := len(decoded(t, s.network.at(c))); got != want {
			t.Errorf("%s got %d records, want %d", c, got, want)
		}
	}
	if got := len(s.network.at(one)); got == 0 {
		t.Error("the collector that stays got nothing")
	}
}

// Kind of fault: a socket that can't be used any more is kept, or what it could not do is reported for ever.
func TestASocketThatFailsIsReplaced(t *testing.T) {
	for name, failure := range map[string]error{
		"the node lost the address": syscall.EINVAL, "no route": syscall.ENETUNREACH, "its interface is down": syscall.ENETDOWN, "no memory": syscall.ENOBUFS,
	} {
		t.Run(name, func(t *testing.T) {
			s := newTest(t)
			to := collectorAddress(1)
			s.network.failing = failure
			s.SetPorts([]Port{{"1", "p1", 1, Pod{"team-a", "one"}}})
			s.SetExports([]Export{{Key{"team-a", "x"}, 7, []netip.AddrPort{to}}})
			for _, datagram := range templatesOf(t, bridgeDomain) {
				s.Handle(vswitchd(), datagram)
			}
			count := func() CollectorCount {
				_, exports := s.Counts()
				return exports[0].Collectors[0]
			}
			s.flood("p1", 1, 3)
			s.Flush()
			s.drained(t, to)
			if c := count(); !errors.Is(c.Err, failure) || c.Failed != 3 {
				t.Errorf("%+v", c)
			}
			dials := s.network.dialed()
			for range 10 { // at once, there is a back-off
				s.Recover()
			}
			s.network.fail(nil)
			for range 3 {
				s.pass(2 * maxRetryDial)
				s.Recover()
			}
			for count().Err != nil { // without a record
				s.Recover()
			}
			s.flood("p1", 1, 3)
			s.Flush()
			s.drained(t, to)
			if c := count(); c.Err != nil || c.Records != 3 {
				t.Errorf("%+v", c)
			}
			s.finish(t)
			if n := s.network.dialed(); n <= dials || n > dials+4 {
				t.Errorf("%d sockets were opened after %d", n-dials, dials)
			}
			_ = decoded(t, s.network.at(to)) // another session, with all templates
		})
	}
}

// Kind of fault: a socket is kept for longer the more records it can't send, and not the more sockets failed.
func TestASocketIsReplacedSoonHoweverManyRecordsFail(t *testing.T) {
	s := newTest(t)
	to := collectorAddress(1)
	s.network.failing = syscall.EINVAL
	s.SetPorts([]Port{{"1", "p1", 1, Pod{"team-a", "one"}}})
	s.SetExports([]Export{{Key{"team-a", "x"}, 7, []netip.AddrPort{to}}})
	for _, datagram := range templatesOf(t, bridgeDomain) {
		s.Handle(vswitchd(), datagram)
	}
	fail := func() {
		t.Helper()
		for range 20 {
			s.flood("p1", 1, 1)
			s.Flush()
			s.drained(t, to)
		}
	}
	for i, wait := range []time.Duration{0, retryDial, 2 * retryDial, 4 * retryDial} {
		s.pass(wait)
		fail()
		if got := s.network.dialed(); got != i+1 {
			t.Errorf("after another %s, %d sockets were opened, want %d", wait, got, i+1)
		}
	}
	s.finish(t)
}
