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
	// earlier is what was counted before: when it was there the last time, and of collectors that left.
	earlier ExportCount
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
	// Sent is how many were sent, each counted once, and Lost how many one of the collectors was not sent. They do not
	// decrease if the collectors change, or if the FlowExport comes back.
	Sent, Lost uint64
	// Last is when the last of them came, LastSent when one was sent last; zero for never.
	Last, LastSent time.Time
	Collectors     []CollectorCount
}

func (s *stream) counted() ExportCount {
	c := s.earlier
	c.Key = s.Key
	c.Records += s.records
	c.TooLong += s.tooLong
	if !s.last.IsZero() {
		c.Last = s.last
	}
	var sent, failed uint64
	for _, d := range s.deliveries {
		n := d.counted()
		c.Collectors = append(c.Collectors, n)
		sent, failed = max(sent, n.Records-d.before.Records), max(failed, n.Failed+n.Dropped-d.before.Failed-d.before.Dropped)
		if c.LastSent.Before(n.LastSent) {
			c.LastSent = n.LastSent
		}
	}
	c.Sent += sent
	c.Lost += failed + s.tooLong
	return c
}

// keep takes what was counted so far as earlier: some collectors leave.
func (s *stream) keep() {
	now := s.counted()
	s.earlier.Sent, s.earlier.Lost, s.earlier.LastSent = now.Sent, now.Lost-s.tooLong, now.LastSent
	for _, d := range s.deliveries {
		d.before = d.counted()
	}
}

// close ends the deliveries after what is in their queues.
func (s *stream) close() {
	for _, d := range s.deliveries {
		d.close()
	}
}

// adapt makes a stream go to other collectors. Those that stay keep their session.
func (s *stream) adapt(collectors []netip.AddrPort, open func(netip.AddrPort) *delivery) {
	if slices.ContainsFunc(s.deliveries, func(d *delivery) bool { return !slices.Contains(collectors, d.collector) }) {
		s.keep()
	}
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
