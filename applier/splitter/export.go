package splitter

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// Key names a FlowExport.
type Key struct{ Namespace, Name string }

func (k Key) compare(other Key) int {
	return cmp.Or(cmp.Compare(k.Namespace, other.Namespace), cmp.Compare(k.Name, other.Name))
}

// Export is a FlowExport: the collectors that get the records of a namespace.
type Export struct {
	Key
	// Domain is the observation domain of what is sent for it. Another one makes it another FlowExport, as
	// if it had been deleted and created again.
	Domain     uint32
	Collectors []netip.AddrPort
}

// Bounds of the queues, in bodies.
const (
	// maxQueued bounds the bodies that wait for one collector, and queuedInAll those for all of them: with
	// many FlowExports, each one has less. A body takes at most maxMessage bytes.
	maxQueued   = 512
	queuedInAll = 6144
	leastQueued = 4
)

// stream is what goes to the collectors of one FlowExport.
type stream struct {
	Key
	domain     uint32
	builder    builder
	gathering  bool // it is among those to flush
	deliveries []*delivery
	records    uint64
	tooLong    uint64
	last       time.Time
	// ended counts what was lost for collectors that it does not go to any more.
	ended Totals
}

// Totals are the counts of all FlowExports since the splitter began, those that are gone included.
type Totals struct {
	// Records are counted once for each FlowExport. TooLong of them do not fit a message.
	Records, TooLong uint64
	// Dropped and Failed are counted once for each collector.
	Dropped, Failed uint64
}

func (t *Totals) add(other Totals) {
	t.Records += other.Records
	t.TooLong += other.TooLong
	t.Dropped += other.Dropped
	t.Failed += other.Failed
}

// lost are the counts of deliveries.
func lost(deliveries []*delivery) (t Totals) {
	for _, d := range deliveries {
		c := d.counted()
		t.add(Totals{Dropped: c.Dropped, Failed: c.Failed})
	}
	return t
}

func (s *stream) totals() Totals {
	t := Totals{Records: s.records, TooLong: s.tooLong}
	t.add(s.ended)
	t.add(lost(s.deliveries))
	return t
}

// add adds a record. Full bodies go to the collectors.
func (s *stream) add(r *record, limit int, now time.Time) {
	s.last = now
	s.records++
	if !s.builder.fits(r) {
		s.flush(limit)
	}
	if headerLength+setHeaderLength+len(r.data) > maxMessage || headerLength+setHeaderLength+2+len(r.layout.fields) > maxMessage {
		s.tooLong++
		return
	}
	s.builder.add(r)
}

// flush hands over what was gathered.
func (s *stream) flush(limit int) {
	if b := s.builder.take(); b != nil {
		for _, d := range s.deliveries {
			d.put(b, limit)
		}
	}
}

// ExportCount is what is known of one FlowExport on this node.
type ExportCount struct {
	Key
	// Records belong to the namespace. TooLong of them do not fit a message.
	Records, TooLong uint64
	// Last is when the last of them came; zero for never.
	Last       time.Time
	Collectors []CollectorCount
}

func (s *stream) counted() ExportCount {
	c := ExportCount{Key: s.Key, Records: s.records, TooLong: s.tooLong, Last: s.last}
	for _, d := range s.deliveries {
		c.Collectors = append(c.Collectors, d.counted())
	}
	return c
}

// close ends the deliveries after what is in their queues.
func (s *stream) close() {
	for _, d := range s.deliveries {
		d.close()
	}
}

// adapt makes a stream go to other collectors. Those that stay keep their session.
func (s *stream) adapt(collectors []netip.AddrPort, open func(netip.AddrPort) *delivery) {
	var deliveries []*delivery
	for _, c := range collectors {
		i := slices.IndexFunc(s.deliveries, func(d *delivery) bool { return d.collector == c })
		if i < 0 {
			deliveries = append(deliveries, open(c))
			continue
		}
		deliveries = append(deliveries, s.deliveries[i])
		s.deliveries = slices.Delete(s.deliveries, i, i+1)
	}
	s.close()
	s.ended.add(lost(s.deliveries))
	s.deliveries = deliveries
}
