package splitter

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// countOf is what was counted of team-a's FlowExport.
func (s *test) countOf(t *testing.T) ExportCount {
	t.Helper()
	_, exports := s.Counts()
	for _, e := range exports {
		if e.Key == (Key{"team-a", "x"}) {
			return e
		}
	}
	t.Fatal("there is none")
	return ExportCount{}
}

// Kind of fault: a change of a FlowExport, which is not accepted for a moment, begins its counts again, or counts are
// taken over by another one.
func TestCountsGoOn(t *testing.T) {
	one, two, three, broken := collectorAddress(1), collectorAddress(2), collectorAddress(3), collectorAddress(4)
	s := newTest(t)
	s.network.broken = map[netip.AddrPort]error{broken: errors.New("no route to host")}
	s.SetPorts([]Port{{"1", "p1", 1, Pod{"team-a", "one"}}})
	for _, datagram := range templatesOf(t, bridgeDomain) {
		s.Handle(vswitchd(), datagram)
	}
	sent, lost := uint64(0), uint64(0)
	for _, change := range []struct {
		name       string
		domain     uint32
		collectors []netip.AddrPort
		loses      bool
	}{
		{"created", 7, []netip.AddrPort{one}, false},
		{"another collector comes", 7, []netip.AddrPort{one, two}, false},
		{"the first one leaves", 7, []netip.AddrPort{two}, false},
		{"not accepted", 7, nil, false},
		{"accepted again", 7, []netip.AddrPort{two}, false},
		{"not accepted again", 7, nil, false},
		{"accepted with another collector", 7, []netip.AddrPort{three}, false},
		{"one without a route", 7, []netip.AddrPort{three, broken}, true},
		{"that one leaves", 7, []netip.AddrPort{three}, false},
		{"all are replaced", 7, []netip.AddrPort{one, two}, false},
		{"deleted", 7, nil, false},
		{"created again", 8, []netip.AddrPort{one}, false},
	} {
		if change.collectors == nil {
			s.SetExports(nil)
			s.flood("p1", 1, 2) // of no FlowExport
			continue
		}
		if change.domain == 8 {
			sent, lost = 0, 0
		}
		s.SetExports([]Export{{Key{"team-a", "x"}, change.domain, change.collectors}})
		if c := s.countOf(t); c.Sent != sent || c.Lost != lost {
			t.Errorf("%s: begins with %+v, want %d sent and %d lost", change.name, c, sent, lost)
		}
		before := s.handled()
		s.flood("p1", 1, 10)
		if sent += 10; change.loses {
			lost += 10
		}
		s.Flush()
		s.handedOver(t, before)
		if c := s.countOf(t); c.Sent != sent || c.Lost != lost || c.Records != sent || c.LastSent.IsZero() {
			t.Errorf("%s: %+v, want %d sent and %d lost", change.name, c, sent, lost)
		}
	}
	if n := s.Totals().Records; n != 90 {
		t.Errorf("%d records in all", n)
	}
	s.finish(t)
}

// handled is how many records each delivery has sent, or not.
func (s *test) handled() map[*delivery]uint64 {
	counts := map[*delivery]uint64{}
	for _, list := range s.streams {
		for _, st := range list {
			for _, d := range st.deliveries {
				c := d.counted()
				counts[d] = c.Records + c.Failed + c.Dropped
			}
		}
	}
	return counts
}

// handedOver waits until each delivery has handled 10 records more.
func (s *test) handedOver(t *testing.T, before map[*delivery]uint64) {
	t.Helper()
	for d := range before {
		for s.handled()[d] < before[d]+10 {
			if t.Context().Err() != nil {
				t.Fatal("the test ended")
			}
		}
	}
}

// Kind of fault: a kind of loss after the owner of a record is known counts nowhere.
func TestLostCountsEachKindOfLoss(t *testing.T) {
	of := func(counts ...CollectorCount) *stream {
		s := &stream{records: 100}
		for _, c := range counts {
			s.deliveries = append(s.deliveries, &delivery{count: c})
		}
		return s
	}
	tooLong := of(CollectorCount{Records: 97})
	tooLong.tooLong = 3
	all := of(CollectorCount{Failed: 7, Dropped: 2}, CollectorCount{Dropped: 4})
	all.tooLong = 1
	for name, test := range map[string]struct {
		stream *stream
		want   uint64
	}{
		"nothing":           {of(CollectorCount{Records: 100}, CollectorCount{Records: 100}), 0},
		"too long":          {tooLong, 3},
		"a full queue":      {of(CollectorCount{Dropped: 5}), 5},
		"could not be sent": {of(CollectorCount{Failed: 7}), 7},
		"all, of two collectors, of which the one that got the least counts": {all, 10},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.stream.counted().Lost; got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestFormerOnesAreBounded(t *testing.T) {
	var f former
	for i := range 3 * maxFormer {
		key := Key{"team-a", fmt.Sprint(i)}
		for range 2 {
			f.remember(&stream{Key: key, domain: 1, records: uint64(i)})
		}
	}
	if len(f.streams) != maxFormer || len(f.order) != maxFormer {
		t.Errorf("%d and %d are remembered", len(f.streams), len(f.order))
	}
	last := Key{"team-a", fmt.Sprint(3*maxFormer - 1)}
	if c := f.take(last, 1); c.Records != 3*maxFormer-1 {
		t.Errorf("%+v", c)
	}
	if c := f.take(last, 1); c.Records != 0 {
		t.Errorf("taken twice: %+v", c)
	}
}

// Kind of fault: while nothing may be sent, the counts of a FlowExport are zero, and then they come back.
func TestCountsOfAFlowExportThatIsGone(t *testing.T) {
	s, _, _ := stale(t)
	s.pass(time.Hour)
	s.observed(1, s.Now())
	s.got(t, 1, 1)
	_, before := s.Counts()
	key := Key{"team-a", "x"}
	if _, gone := s.Former(key, 7); gone {
		t.Error("it is there")
	}
	s.SetExports(nil)
	after, gone := s.Former(key, 7)
	if !gone || after.Sent != before[0].Sent || after.Sent == 0 || after.LastSent != before[0].LastSent || after.Collectors != nil {
		t.Errorf("got %+v, want %+v", after, before[0])
	}
	if _, gone := s.Former(key, 8); gone {
		t.Error("that is another one of the name")
	}
}
