package splitter

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sluice/applier/collector"
)

// decoded reads what a collector received, with an independent decoder. It fails if the sequence numbers do
// not count the data records.
func decoded(t testing.TB, messages [][]byte) []collector.Record {
	t.Helper()
	decoder := collector.NewDecoder()
	var records []collector.Record
	sequence := uint32(0)
	for i, message := range messages {
		if len(message) > maxMessage {
			t.Errorf("message %d has %d bytes", i, len(message))
		}
		m, err := decoder.Decode(netip.MustParseAddrPort("192.0.2.1:1000"), message)
		if err != nil || m.Undecoded > 0 {
			t.Fatalf("message %d: %d undecoded: %v", i, m.Undecoded, err)
		}
		if m.Sequence != sequence || m.ObservationDomain != 7 {
			t.Errorf("message %d: sequence %d, domain %d; want %d and 7", i, m.Sequence, m.ObservationDomain, sequence)
		}
		sequence += uint32(len(m.Records) + m.Statistics)
		records = append(records, m.Records...)
	}
	return records
}

// Each packet was reported at p1 and at p2.
func TestEachTenantGetsItsOwnRecords(t *testing.T) {
	teamA, teamB := Pod{"team-a", "one"}, Pod{"team-b", "two"}
	tests := map[string]struct {
		p1, p2 Pod
		// what each tenant gets: the records of the packets at these ports
		a, b []string
	}{
		"between tenants":           {teamA, teamB, []string{"p1"}, []string{"p2"}},
		"within a tenant":           {teamA, Pod{"team-a", "two"}, []string{"p1"}, nil},
		"from outside":              {Pod{}, teamA, []string{"p2"}, nil},
		"to outside":                {teamA, Pod{}, []string{"p1"}, nil},
		"between others":            {Pod{"team-c", "x"}, Pod{"team-d", "y"}, nil, nil},
		"of no pods":                {Pod{}, Pod{}, nil, nil},
		"from a namespace's prefix": {Pod{"team", "a"}, Pod{"team-a-", "a"}, nil, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newTest(t)
			s.SetBridge(bridgeDomain, 1)
			s.ports.known, s.ports.byName, s.ports.byRow = true, map[string][]*tenure{}, map[string]*tenure{} // not just started
			s.SetPorts([]Port{{Row: "1", Name: "p1", Owner: test.p1}, {Row: "2", Name: "p2", Owner: test.p2}})
			s.SetExports([]Export{
				{Key{"team-a", "x"}, 7, []netip.AddrPort{collectorAddress(1), collectorAddress(2)}},
				{Key{"team-b", "x"}, 7, []netip.AddrPort{collectorAddress(3)}},
			})
			all := map[string][]collector.Record{}
			decoder := collector.NewDecoder()
			for _, datagram := range caught(t) {
				m, err := decoder.Decode(vswitchd(), datagram)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range m.Records {
					all[r.InterfaceName] = append(all[r.InterfaceName], r)
				}
				s.Handle(vswitchd(), datagram)
			}
			s.finish(t)
			for number, want := range map[int][]string{1: test.a, 2: test.a, 3: test.b} {
				var records []collector.Record
				for _, port := range want {
					records = append(records, all[port]...)
				}
				got := decoded(t, s.network.at(collectorAddress(number)))
				if diff := cmp.Diff(records, got, cmpopts.EquateComparable(netip.AddrPort{}), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("collector %d (-want +got):\n%s", number, diff)
				}
			}
			counts, _ := s.Counts()
			if counts.Malformed+counts.NoTemplate+counts.OtherDomain+counts.Unknown+counts.Ambiguous > 0 {
				t.Errorf("not everything is understood: %+v", counts)
			}
		})
	}
}

// A FlowExport that is deleted and created again is another one: its stream begins anew for collectors. The
// counts of all of them never decrease.
func TestCountsOfAllFlowExportsNeverDecrease(t *testing.T) {
	s := newTest(t)
	s.ports.known, s.ports.byName, s.ports.byRow = true, map[string][]*tenure{}, map[string]*tenure{} // not just started
	s.SetPorts([]Port{{Row: "1", Name: "p1", Owner: Pod{"team-a", "one"}}})
	var before uint64
	for domain := range uint32(3) {
		s.SetExports([]Export{{Key{"team-a", "x"}, domain + 1, []netip.AddrPort{collectorAddress(int(domain) + 1)}}})
		if _, exports := s.Counts(); exports[0].Records != 0 {
			t.Errorf("a new FlowExport begins with %d records", exports[0].Records)
		}
		for _, datagram := range caught(t) {
			s.Handle(vswitchd(), datagram)
		}
		now := s.Totals().Records
		if now <= before {
			t.Errorf("%d records in all after %d", now, before)
		}
		before = now
	}
	s.SetExports(nil)
	if now := s.Totals().Records; now != before {
		t.Errorf("%d records in all after the last FlowExport, %d before", now, before)
	}
	s.finish(t)
}
