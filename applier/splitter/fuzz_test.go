package splitter

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"sluice/applier/collector"
)

// FuzzHandle holds the splitter to its bounds for datagrams that come after Open vSwitch's templates, and what
// it sends to what a strict reader understands: nothing is sent that was not in a datagram.
func FuzzHandle(f *testing.F) {
	for _, datagram := range caught(f) {
		f.Add(datagram, []byte{})
	}
	templates := templatesOf(f, bridgeDomain)
	// A template with fields of variable length only, and one with a field that has no end.
	f.Add(appendSet(appendHeader(nil, 28, header{domain: bridgeDomain}), setTemplates, []byte{1, 0, 0, 1, 0, 82, 255, 255}), []byte{})
	f.Fuzz(func(t *testing.T, first, second []byte) {
		s := newTest(t)
		s.SetPorts([]Port{{Row: "1", Name: "p1", Owner: Pod{"team-a", "one"}}, {Row: "2", Name: "p2", Owner: Pod{"team-b", "two"}}})
		s.SetExports([]Export{
			{Key{"team-a", "x"}, 7, []netip.AddrPort{collectorAddress(1)}}, {Key{"team-b", "x"}, 7, []netip.AddrPort{collectorAddress(2)}},
		})
		idle := s.withoutGoroutines()
		for _, datagram := range templates {
			s.Handle(vswitchd(), datagram)
		}
		for _, datagram := range [][]byte{first, second, first} {
			s.Handle(vswitchd(), datagram)
		}
		s.Flush()
		for _, d := range idle {
			for _, b := range d.queue.bodies {
				d.send(b)
			}
		}
		counts, _ := s.Counts()
		if bytes := uint64(2*len(first) + len(second)); counts.Records > bytes {
			t.Errorf("%d bytes hold %d records", bytes, counts.Records)
		}
		for number := range 2 {
			for i, m := range s.network.at(collectorAddress(number + 1)) {
				if len(m) > maxMessage || int(binary.BigEndian.Uint16(m[2:])) != len(m) {
					t.Errorf("message %d of %d bytes says %d", i, len(m), binary.BigEndian.Uint16(m[2:]))
				}
			}
			understood(t, s.network.at(collectorAddress(number+1)))
		}
	})
}

// withoutGoroutines replaces the deliveries by others that only fill their queues: the coverage of a fuzz
// test must not depend on the order of goroutines.
func (s *test) withoutGoroutines() (idle []*delivery) {
	for _, list := range s.streams {
		for _, st := range list {
			for i, d := range st.deliveries {
				d.close()
				<-d.ended
				st.deliveries[i] = &delivery{
					collector: d.collector, dial: d.dial, now: d.now, rate: d.rate, queue: newQueue(),
					writer: writer{domain: d.writer.domain}, count: CollectorCount{Collector: d.collector},
				}
				idle = append(idle, st.deliveries[i])
			}
		}
	}
	return idle
}

// understood fails if a message can't be decoded completely. Templates that another decoder does not
// accept are not of Open vSwitch.
func understood(t *testing.T, messages [][]byte) {
	t.Helper()
	decoder := collector.NewDecoder()
	for i, message := range messages {
		m, err := decoder.Decode(vswitchd(), message)
		if err != nil {
			return // a template beyond the limits of that decoder
		}
		if m.Undecoded > 0 {
			t.Errorf("message %d: %d undecoded", i, m.Undecoded)
		}
	}
}
