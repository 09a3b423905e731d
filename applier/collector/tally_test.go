package collector

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sluice/validation"
)

func second(n int64) time.Time { return time.Unix(n, 0).UTC() }

func TestTally(t *testing.T) {
	one, two := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	flow := Record{Packets: 2, Bytes: 300}
	var tally Tally
	tally.Add(Message{Format: validation.IPFIX, Exporter: two, Templates: 88}, nil, second(1))
	tally.Add(Message{Format: validation.IPFIX, Exporter: two, Records: []Record{flow, flow}, Undecoded: 1}, nil, second(2))
	tally.Add(Message{Format: validation.IPFIX, Exporter: two, Records: []Record{flow}, Statistics: 1}, nil, second(3))
	tally.Add(Message{Format: validation.IPFIX, Exporter: one}, errors.New("cut"), second(4))
	tally.Add(Message{Format: validation.SFlow, Exporter: two, CounterSamples: 3}, nil, second(5))
	tally.Add(Message{Exporter: one}, ErrUnknownFormat, second(6))
	want := []Count{
		{Format: validation.SFlow, Exporter: two, Datagrams: 1, CounterSamples: 3, First: second(5), Last: second(5)},
		{Format: validation.IPFIX, Exporter: one, Datagrams: 1, Malformed: 1, First: second(4), Last: second(4)},
		{
			Format: validation.IPFIX, Exporter: two, Datagrams: 3, Records: 3, Packets: 6, Bytes: 900,
			Templates: 88, Statistics: 1, Undecoded: 1,
			First: second(1), Last: second(3), FirstRecord: second(2), LastRecord: second(3),
		},
	}
	if diff := cmp.Diff(want, tally.Counts(), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("counts differ (-want +got):\n%s", diff)
	}
	if tally.Unknown() != 1 {
		t.Errorf("got %d unknown, want 1", tally.Unknown())
	}
}

// TestTallyOfManyExporters forges more sources than are counted apart.
func TestTallyOfManyExporters(t *testing.T) {
	const forged = 3 * maxExporters
	var tally Tally
	for n := range uint32(forged) {
		var address [4]byte
		binary.BigEndian.PutUint32(address[:], n)
		tally.Add(Message{Format: validation.NetFlow, Exporter: netip.AddrFrom4(address)}, nil, second(1))
	}
	counts := tally.Counts()
	if len(counts) != maxExporters+1 {
		t.Fatalf("got %d counts, want %d", len(counts), maxExporters+1)
	}
	if others := counts[0]; others.Exporter.IsValid() || others.Datagrams != forged-maxExporters {
		t.Errorf("got others %+v", others)
	}
}
