package splitter

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// stale is a splitter that hears of changes only when the test says so.
func stale(t *testing.T) (s *test, asked func() uint64, send func(number uint64)) {
	t.Helper()
	s = newTest(t)
	var last uint64
	s.config.Confirm = func(number uint64) { last = number }
	s.SetPorts([]Port{{"1", "p", 5, Pod{"team-a", "one"}}})
	s.SetExports([]Export{
		{Key{"team-a", "x"}, 7, []netip.AddrPort{collectorAddress(1)}}, {Key{"team-b", "x"}, 7, []netip.AddrPort{collectorAddress(2)}},
	})
	for _, datagram := range templatesOf(t, bridgeDomain) {
		s.Handle(vswitchd(), datagram)
	}
	s.pass(time.Minute)
	send = func(number uint64) {
		f := flow{in: named("p", 5), source: netip.MustParseAddr("10.1.1.1"), target: netip.MustParseAddr("10.1.1.2"), number: number}
		s.Handle(vswitchd(), message(bridgeDomain, s.Now(), f))
	}
	return s, func() uint64 { return last }, send
}

// numbers are the numbers of packets that a collector got.
func (s *test) numbers(t *testing.T, collector int) (list []uint64) {
	t.Helper()
	for _, r := range decoded(t, s.network.at(collectorAddress(collector))) {
		list = append(list, r.Packets)
	}
	return list
}

// Kind of fault: the interface belongs to another tenant, and the splitter has not heard of it.
func TestTheEarlierTenantGetsNothing(t *testing.T) {
	t.Run("the change is heard of late", func(t *testing.T) {
		s, asked, send := stale(t)
		send(1)
		s.Flush()
		s.Confirmed(asked())
		s.pass(time.Minute) // the interface becomes team-b's, with the same name and number
		send(2)
		s.Flush()
		s.pass(50 * time.Millisecond)
		s.SetPorts([]Port{{"2", "p", 5, Pod{"team-b", "two"}}})
		s.Confirmed(asked())
		s.pass(time.Minute)
		send(3)
		s.Flush()
		s.Confirmed(asked())
		s.finish(t)
		a, b := s.numbers(t, 1), s.numbers(t, 2)
		if len(a) != 1 || a[0] != 1 || len(b) != 1 || b[0] != 3 {
			t.Errorf("team-a got %d, team-b %d; the second record is ambiguous", a, b)
		}
	})
	t.Run("no answer comes", func(t *testing.T) {
		s, asked, send := stale(t)
		first := uint64(0)
		for range 100 {
			send(1)
			s.Flush()
			if first == 0 {
				first = asked()
			}
			s.pass(100 * time.Millisecond)
		}
		s.LosePorts()
		s.SetPorts([]Port{{"2", "p", 5, Pod{"team-b", "two"}}})
		s.Confirmed(first) // an old answer
		s.finish(t)
		if got := append(s.numbers(t, 1), s.numbers(t, 2)...); len(got) > 0 {
			t.Errorf("got %d", got)
		}
		if counts, _ := s.Counts(); counts.Unconfirmed != 100 {
			t.Errorf("%+v", counts)
		}
	})
	t.Run("after the watch is lost", func(t *testing.T) {
		s, asked, send := stale(t)
		s.LosePorts()
		send(1)
		s.Flush()
		s.Confirmed(asked())
		s.finish(t)
		if got := s.numbers(t, 1); len(got) > 0 {
			t.Errorf("got %d", got)
		}
		if counts, _ := s.Counts(); counts.Unconfirmed != 1 {
			t.Errorf("%+v", counts)
		}
	})
}

// An answer covers what came before the question, in its order, and nothing else.
func TestWhatAnAnswerCovers(t *testing.T) {
	s, asked, send := stale(t)
	send(1)
	send(2)
	s.Flush()
	question := asked()
	send(3)
	s.Flush() // the question is open
	if asked() != question {
		t.Error("asked twice")
	}
	s.Confirmed(question)
	s.Confirmed(question)
	s.Flush()
	if asked() == question {
		t.Error("not asked again")
	}
	s.Confirmed(asked())
	s.finish(t)
	got := s.numbers(t, 1)
	if len(got) != 3 || got[0] != 1 || got[1] != 2 || got[2] != 3 {
		t.Errorf("got %d", got)
	}
}

func TestWhatWaitsIsBounded(t *testing.T) {
	s, _, send := stale(t)
	for range 20000 {
		send(1)
		s.Flush()
	}
	counts, _ := s.Counts()
	if len(s.confirmation.memory) > maxWaiting || counts.Unconfirmed == 0 {
		t.Errorf("%d bytes wait, %d datagrams were dropped", len(s.confirmation.memory), counts.Unconfirmed)
	}
	s.LosePorts()
	if s.confirmation.memory != nil {
		t.Error("the memory is kept")
	}
}

// Kind of fault: answers that take longer than it takes to ask again are thrown away, so that nothing is ever delivered.
func TestLateAnswersCount(t *testing.T) {
	for _, delay := range []int{0, 4, 5, 6, 15, 49} { // in fifths of a second
		t.Run(fmt.Sprintf("%d ms", 200*delay), func(t *testing.T) {
			s, asked, send := stale(t)
			var answers []uint64 // by when they come
			for i := range 500 {
				send(uint64(i + 1))
				last := asked()
				s.Flush()
				answer := uint64(0)
				if asked() != last {
					answer = asked()
				}
				if answers = append(answers, answer); len(answers) > delay && answers[len(answers)-1-delay] != 0 {
					s.Confirmed(answers[len(answers)-1-delay])
				}
				s.pass(200 * time.Millisecond)
			}
			s.drained(t, collectorAddress(1))
			got := s.numbers(t, 1)
			for i, number := range got {
				if number != uint64(i+1) {
					t.Fatalf("record %d is %d", i, number)
				}
			}
			if len(got) < 500-delay-6 {
				t.Errorf("%d of 500 records were delivered", len(got))
			}
			counts, _ := s.Counts()
			if counts.Unconfirmed > 0 || counts.Late > 0 != (delay > 5) {
				t.Errorf("%+v", counts)
			}
		})
	}
}
