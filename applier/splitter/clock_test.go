package splitter

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// observed sends a record of team's interface p, number 5, as Open vSwitch would: its difference has 32 bits.
func (s *test) observed(number uint64, started time.Time) {
	exported := s.Now().Truncate(time.Second)
	if exported.Before(s.Now()) {
		exported = exported.Add(time.Second)
	}
	f := flow{in: named("p", 5), source: netip.MustParseAddr("10.1.1.1"), target: netip.MustParseAddr("10.1.1.2"), number: number}
	m := message(bridgeDomain, exported, f)
	delta := uint32(s.Now().Sub(started).Microseconds()) // as Open vSwitch, also if it is negative
	deltas := headerLength + setHeaderLength + len(f.record(exported)) - lengthAfterDeltas
	binary.BigEndian.PutUint32(m[deltas:], delta)
	binary.BigEndian.PutUint32(m[deltas+lengthOfDelta:], delta)
	s.Handle(vswitchd(), m)
	s.confirm()
}

// lengthAfterDeltas is how long the rest of a record is from its times on.
const lengthAfterDeltas = 2*lengthOfDelta + 13*8 + 1 + 10*8

// confirm answers what is asked, if there is something.
func (s *test) confirm() {
	s.Flush()
	s.Confirmed(s.confirmation.number)
}

// occupied is a splitter of which p/5 is team-a's, since an hour.
func occupied(t *testing.T, lifetime time.Duration) *test {
	s, _, _ := stale(t)
	s.SetLifetime(lifetime)
	s.pass(time.Hour)
	s.observed(1, s.Now())
	return s
}

// becomes makes p/5 another tenant's.
func (s *test) becomes(owner Pod) {
	s.SetPorts([]Port{{"2", "p", 5, owner}})
}

// settled waits until the former times do not matter any more.
func (s *test) settled(lifetime time.Duration) {
	s.pass(lifetime + leavesCache + time.Second)
}

// Kind of fault: times of records are compared with times of a clock that was set meanwhile, so that the former tenant of
// an interface gets what is another's, or all records are thrown away for as long as the clock was off.
func TestTheClockIsSet(t *testing.T) {
	teamB := Pod{"team-b", "two"}
	for _, by := range []time.Duration{
		-600 * time.Millisecond, -time.Second, -5 * time.Second, -100 * time.Second, -time.Hour, -4290 * time.Second, -4295 * time.Second, -26 * time.Hour,
		600 * time.Millisecond, 5 * time.Second, 2 * time.Hour,
	} {
		t.Run(by.String(), func(t *testing.T) {
			const lifetime = time.Minute
			t.Run("before the interface is used again", func(t *testing.T) {
				s := occupied(t, lifetime)
				s.SetPorts(nil)
				s.set(by)
				s.pass(500 * time.Millisecond)
				s.becomes(teamB)
				for i := range 400 {
					s.observed(uint64(10+i), s.Now())
					s.pass(250 * time.Millisecond)
				}
				s.got(t, 1, 1)
				if b := s.numbersOf(t, 2); len(b) < 100 || b[len(b)-1] != 409 {
					t.Errorf("team-b got %d", b)
				}
			})
			t.Run("while a flow is cached", func(t *testing.T) {
				s := occupied(t, lifetime)
				s.becomes(teamB)
				s.pass(10 * time.Second)
				started := s.Now()
				s.pass(20 * time.Second)
				s.set(by)
				s.pass(20 * time.Second)
				s.observed(2, started)
				s.got(t, 1, 1)
			})
			t.Run("between a flow and the next owner", func(t *testing.T) {
				s := occupied(t, lifetime)
				started := s.Now()
				s.pass(5 * time.Second)
				s.set(by)
				s.becomes(teamB)
				for range 50 { // the flow is team-a's
					s.pass(time.Second)
					s.observed(2, started)
				}
				s.got(t, 2)
			})
			t.Run("nothing else happens", func(t *testing.T) {
				s := occupied(t, lifetime)
				s.set(by)
				s.Recover()
				s.settled(lifetime)
				s.observed(2, s.Now())
				s.got(t, 1, 1, 2)
			})
			t.Run("just after the start", func(t *testing.T) {
				s, _, _ := stale(t)
				s.SetLifetime(0)
				s.set(by)
				s.observed(1, s.Now())
				s.settled(0)
				s.observed(2, s.Now())
				s.got(t, 1, 2)
			})
			t.Run("while an answer is awaited", func(t *testing.T) {
				s := occupied(t, lifetime)
				s.observed(2, s.Now())
				f := flow{in: named("p", 5), source: netip.MustParseAddr("10.1.1.1"), target: netip.MustParseAddr("10.1.1.2"), number: 3}
				s.Handle(vswitchd(), message(bridgeDomain, s.Now(), f))
				s.Flush()
				s.set(by)
				s.Confirmed(s.confirmation.number) // asked at a time that is not comparable
				s.settled(lifetime)
				s.becomes(teamB)
				s.observed(4, s.Now())
				s.got(t, 1, 1, 2)
				s.got(t, 2)
			})
		})
	}
}

// A clock that is set by less than what is noticed, also once ahead and once back, gives no record to the former owner.
func TestTheClockIsSetByALittle(t *testing.T) {
	for _, steps := range [][2]time.Duration{{0, -100}, {0, -490}, {490, -490}, {490, -980}, {0, 490}, {-490, 980}} {
		t.Run(fmt.Sprint(steps), func(t *testing.T) {
			s := occupied(t, 0)
			s.set(steps[0] * time.Millisecond)
			s.observed(2, s.Now()) // confirms team-a's interface
			s.pass(20 * time.Millisecond)
			s.becomes(Pod{"team-b", "two"})
			s.pass(20 * time.Millisecond)
			s.set(steps[1] * time.Millisecond)
			s.pass(20 * time.Millisecond)
			s.observed(3, s.Now()) // team-b's, but that is not certain yet
			s.pass(5 * time.Second)
			s.observed(4, s.Now())
			s.got(t, 1, 1, 2)
			s.got(t, 2, 4)
		})
	}
}

// A flow that is said to be older than any one can be has no time.
func TestADifferenceThatIsTooLong(t *testing.T) {
	s := occupied(t, time.Minute)
	s.pass(4100*time.Second - time.Hour)
	s.becomes(Pod{"team-b", "two"})
	s.pass(4100 * time.Second)
	s.observed(2, s.Now().Add(400*time.Millisecond)) // the clock went back by less than what counts
	s.got(t, 1, 1)
	if counts, _ := s.Counts(); counts.Ambiguous != 1 {
		t.Errorf("%+v", counts)
	}
}

// A clock that runs a little differently was not set.
func TestAClockThatIsSlewedIsNotSet(t *testing.T) {
	s := occupied(t, DefaultLifetime)
	for i := range uint64(100) {
		s.set(4 * time.Millisecond)
		s.pass(time.Second)
		s.observed(2+i, s.Now())
	}
	if got := s.numbersOf(t, 1); len(got) != 101 {
		t.Errorf("%d records", len(got))
	}
}

// numbersOf are the numbers of packets that a collector got so far.
func (s *test) numbersOf(t *testing.T, collector int) []uint64 {
	t.Helper()
	s.drained(t, collectorAddress(collector))
	return s.numbers(t, collector)
}

// got compares the numbers of packets that a collector got so far.
func (s *test) got(t *testing.T, collector int, want ...uint64) {
	t.Helper()
	got := s.numbersOf(t, collector)
	same := len(got) == len(want)
	for i := 0; same && i < len(got); i++ {
		same = got[i] == want[i]
	}
	if !same {
		counts, _ := s.Counts()
		t.Errorf("collector %d got %d, want %d; %+v", collector, got, want, counts)
	}
}
