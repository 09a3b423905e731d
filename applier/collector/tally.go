package collector

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"
	"time"

	"sluice/validation"
)

// maxExporters bounds how many exporters of a format are counted apart.
const maxExporters = 4096

// Count is what came from one exporter in one format.
type Count struct {
	Format validation.Format
	// Exporter is invalid for the count of all exporters beyond the first 4096, which
	// datagrams with forged sources can bring about.
	Exporter netip.Addr
	// Datagrams includes the malformed ones.
	Datagrams, Malformed      uint64
	Records, Packets, Bytes   uint64
	Templates, Statistics     uint64
	CounterSamples, Undecoded uint64
	First, Last               time.Time
	FirstRecord, LastRecord   time.Time // zero without a record
}

// Tally counts messages by format and exporter. The zero Tally is ready for use; it isn't
// safe for concurrent use.
type Tally struct {
	counts    map[origin]*Count
	exporters map[validation.Format]int
	unknown   uint64
}

type origin struct {
	format   validation.Format
	exporter netip.Addr
}

// Add counts what Decode returned for a datagram that came at the time.
func (t *Tally) Add(m Message, err error, at time.Time) {
	if errors.Is(err, ErrUnknownFormat) {
		t.unknown++
		return
	}
	c := t.of(m.Format, m.Exporter)
	if c.First.IsZero() {
		c.First = at
	}
	c.Last = at
	c.Datagrams++
	if err != nil {
		c.Malformed++
	}
	for _, r := range m.Records {
		c.Records++
		c.Packets += r.Packets
		c.Bytes += r.Bytes
	}
	if len(m.Records) > 0 {
		if c.FirstRecord.IsZero() {
			c.FirstRecord = at
		}
		c.LastRecord = at
	}
	c.Templates += count(m.Templates)
	c.Statistics += count(m.Statistics)
	c.CounterSamples += count(m.CounterSamples)
	c.Undecoded += count(m.Undecoded)
}

// count converts a number of things, which is never negative.
func count(n int) uint64 { return uint64(max(n, 0)) }

// of returns the count to add to.
func (t *Tally) of(format validation.Format, exporter netip.Addr) *Count {
	if t.counts == nil {
		t.counts = make(map[origin]*Count)
		t.exporters = make(map[validation.Format]int)
	}
	key := origin{format, exporter}
	if c := t.counts[key]; c != nil {
		return c
	}
	if t.exporters[format] >= maxExporters {
		key.exporter = netip.Addr{}
		if c := t.counts[key]; c != nil {
			return c
		}
	}
	t.exporters[format]++
	c := &Count{Format: format, Exporter: key.exporter}
	t.counts[key] = c
	return c
}

// Counts lists the counts by format and, within it, by exporter.
func (t *Tally) Counts() []Count {
	list := make([]Count, 0, len(t.counts))
	for _, c := range t.counts {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Format, b.Format), a.Exporter.Compare(b.Exporter))
	})
	return list
}

// Unknown counts the datagrams in none of the formats.
func (t *Tally) Unknown() uint64 { return t.unknown }
