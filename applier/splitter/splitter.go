package splitter

import (
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Config configures a Splitter.
type Config struct {
	// Own lists the local ends of ovs-vswitchd's sockets to the splitter.
	Own func() ([]netip.AddrPort, error)
	// Confirm asks for a call of Confirmed with the number, once everything that changed before was taken in
	// by SetPorts; nil if SetPorts is always current. It doesn't block.
	Confirm func(number uint64)
	// Dial opens a socket to a collector.
	Dial Dial
	// Addresses lists the addresses of the node; nil if no socket loses its address.
	Addresses Addresses
	Now       func() time.Time
	// Elapsed is how long it is since some moment, by a clock that is never set; nil if Now has a monotonic reading.
	Elapsed func() time.Duration
}

// Splitter splits the records of a bridge. Its methods may be called from several goroutines.
type Splitter struct {
	config Config
	// rate is the sampling rate: 1 packet in so many; 0 for unknown.
	rate atomic.Uint32

	mu           sync.Mutex
	clock        timepiece
	sources      sources
	templates    templates
	ports        ports
	confirmation confirmation
	// lifetime is how long a flow may be in Open vSwitch's cache.
	lifetime time.Duration
	// bridge is the observation domain of the bridge's records.
	bridge   uint32
	sequence sequence
	streams  map[string][]*stream // by namespace
	limit    int
	counts   Counts
	failure  error
	// ended are the counts of FlowExports that are gone, and former those of each one.
	ended  Totals
	former former
	// gathering are the streams with records that were not handed over yet.
	gathering []*stream
	memory    []byte
}

// New returns a Splitter that knows no interfaces and no FlowExports.
func New(config Config) *Splitter {
	return &Splitter{
		config: config, clock: newTimepiece(config.Now, config.Elapsed), sources: sources{own: config.Own}, lifetime: DefaultLifetime,
		streams: map[string][]*stream{}, limit: maxQueued, memory: make([]byte, 0, 2048),
	}
}

// now reads the clock. If it was set, what is known of the time before says nothing about the records to come.
func (s *Splitter) now() time.Time {
	now, set := s.clock.read(s.lifetime)
	if set {
		s.ports.begins(now)
		s.confirmation.begins()
	}
	s.ports.unsettled = s.clock.unsettled
	return now
}

// SetPorts takes in the interfaces that Open vSwitch has.
func (s *Splitter) SetPorts(present []Port) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ports.update(s.now(), present)
}

// LosePorts takes in that changes of the interfaces are not heard of any more. Until the next SetPorts, nothing is
// delivered: their owners are unknown.
func (s *Splitter) LosePorts() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ports.lose(s.now())
	s.counts.Unconfirmed += uint64(s.confirmation.drop()) //nolint:gosec // not negative
}

// Confirmed answers the question with the number: the interfaces were current when it was asked.
func (s *Splitter) Confirmed(number uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if question, ok := s.confirmation.answered(number, func(datagram []byte) { s.deliverable(datagram, now) }); ok {
		if s.ports.confirmed = question.at; !question.at.IsZero() && now.Sub(question.at) > askAgain {
			s.counts.Late++
		}
		s.flush()
	}
}

// SetLifetime takes in how long a flow may be in Open vSwitch's cache; at first, this is DefaultLifetime. After the
// clock of the node was set, nothing can be attributed for so long.
func (s *Splitter) SetLifetime(lifetime time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lifetime = lifetime
}

// SetBridge takes in the settings of the bridge's exporter: its observation domain, and the sampling rate.
func (s *Splitter) SetBridge(domain, rate uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if domain != s.bridge {
		s.bridge, s.sequence = domain, sequence{}
	}
	s.rate.Store(rate)
}

// SetExports takes in the FlowExports. For collectors of those that stay, nothing changes. One that comes back is a new
// session for its collectors, and its counts go on.
func (s *Splitter) SetExports(exports []Export) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flush()
	old := map[Key]*stream{}
	for _, list := range s.streams {
		for _, st := range list {
			old[st.Key] = st
		}
	}
	collectors := 0
	s.streams = map[string][]*stream{}
	for _, e := range exports {
		st := old[e.Key]
		if st != nil && st.domain == e.Domain {
			delete(old, e.Key)
		} else {
			st = &stream{Key: e.Key, domain: e.Domain, earlier: s.former.take(e.Key, e.Domain)}
		}
		st.adapt(e.Collectors, func(c netip.AddrPort) *delivery {
			return newDelivery(c, e.Domain, &s.rate, s.config)
		})
		collectors += len(st.deliveries)
		s.streams[e.Namespace] = append(s.streams[e.Namespace], st)
	}
	for _, st := range old {
		st.close()
		s.ended.add(st.totals())
		s.former.remember(st)
	}
	s.limit = max(min(queuedInAll/max(collectors, 1), maxQueued), leastQueued)
}

// Handle takes in a datagram. It keeps nothing of its memory.
func (s *Splitter) Handle(from netip.AddrPort, datagram []byte) {
	if s.take(netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), datagram) {
		s.list()
	}
}

// take takes in a datagram, and reports whether the sockets have to be listed.
func (s *Splitter) take(from netip.AddrPort, datagram []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if v := s.sources.judge(from, now); v != undecided {
		s.judged(v, datagram)
		return false
	}
	if !s.sources.hold(from, datagram) {
		s.counts.Lost++
	}
	return s.sources.due(now)
}

// list lists ovs-vswitchd's sockets, and takes in the datagrams that waited for that.
func (s *Splitter) list() {
	s.mu.Lock()
	number, ask := s.sources.begin(s.now()), s.sources.own
	s.mu.Unlock()
	locals, err := ask() // others need not wait for this
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sources.learn(number, locals, s.now(), s.judged)
}

// judged takes in a datagram of which it is known whose it is.
func (s *Splitter) judged(v verdict, datagram []byte) {
	if v != own {
		s.counts.Foreign++
		return
	}
	s.counts.Datagrams++
	records := false
	now := s.now()
	err := readMessage(datagram, func(h header, id uint16, body []byte) error {
		switch {
		case id == setTemplates, id == setOptionsTemplates:
			return s.templates.learn(h.domain, id == setOptionsTemplates, body)
		case id < firstDataSet:
			return errReserved
		}
		if !records && h.domain == s.bridge {
			s.sequence.note(h.sequence, now, &s.counts)
		}
		records = true
		return nil
	})
	if err != nil {
		s.counts.Malformed++
	}
	switch {
	case !records:
	case s.config.Confirm == nil:
		s.deliverable(datagram, now)
	case !s.ports.known || !s.confirmation.wait(datagram):
		s.counts.Unconfirmed++
	}
}

// deliverable takes in the records of a datagram, up to its first error.
func (s *Splitter) deliverable(datagram []byte, now time.Time) {
	var malformed error
	_ = readMessage(datagram, func(h header, id uint16, body []byte) error { // other errors were counted
		if id >= firstDataSet {
			malformed = s.data(h, id, body, now)
		}
		return malformed
	})
	if malformed != nil {
		s.counts.Malformed++
	}
}

// Refresh lists ovs-vswitchd's sockets at once: it may have opened others. While many programs send, its new
// sockets would be known late otherwise.
func (s *Splitter) Refresh() { s.list() }

// pending reports whether there is something for Flush to do.
func (s *Splitter) pending() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.gathering) > 0 || s.sources.count > 0 || len(s.confirmation.ends) > 0
}

// Flush hands over what was gathered, and takes in the datagrams of senders that are known by now. What waits for a
// confirmation is handed over when that comes.
func (s *Splitter) Flush() {
	if s.due() {
		s.list()
	}
	if number, wanted := s.release(); wanted {
		s.config.Confirm(number)
	}
}

func (s *Splitter) due() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sources.due(s.now())
}

func (s *Splitter) release() (number uint64, wanted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flush()
	return s.confirmation.ask(s.now())
}

// flush hands over what was gathered.
func (s *Splitter) flush() {
	for _, st := range s.gathering {
		st.gathering = false
		st.flush(s.limit)
	}
	s.gathering = s.gathering[:0]
}

// Recover tries again to open the sockets that could not be used, also if there is nothing to send: what is reported of
// them is true then. There is a back-off for each. A socket that sends from an address that the node has lost is opened
// again, too. It also notices if the clock was set.
func (s *Splitter) Recover() {
	addresses := s.config.Addresses.list() // others need not wait for this
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now()
	for _, list := range s.streams {
		for _, st := range list {
			for _, d := range st.deliveries {
				d.check(addresses)
			}
		}
	}
}

// Counts is what was counted so far: of all records, and of each FlowExport, by namespace and name.
func (s *Splitter) Counts() (Counts, []ExportCount) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var exports []ExportCount
	for _, list := range s.streams {
		for _, st := range list {
			exports = append(exports, st.counted())
		}
	}
	slices.SortFunc(exports, func(a, b ExportCount) int { return a.compare(b.Key) })
	return s.counts, exports
}

// Totals is what was counted so far of all FlowExports together.
func (s *Splitter) Totals() Totals {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.ended
	for _, list := range s.streams {
		for _, st := range list {
			t.add(st.totals())
		}
	}
	return t
}

// Close ends all deliveries after what was gathered, and waits for them or until ended gets a value.
func (s *Splitter) Close(ended <-chan struct{}) {
	s.mu.Lock()
	s.flush()
	var open []*delivery
	for _, list := range s.streams {
		for _, st := range list {
			st.close()
			open = append(open, st.deliveries...)
		}
	}
	s.streams = map[string][]*stream{}
	s.mu.Unlock()
	for _, d := range open {
		select {
		case <-d.ended:
		case <-ended:
			return
		}
	}
}
