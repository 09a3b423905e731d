package splitter

import (
	"encoding/base64"
	"encoding/binary"
	"io"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// vswitchd is the socket that ovs-vswitchd sends from.
func vswitchd() netip.AddrPort { return netip.MustParseAddrPort("127.0.0.1:40000") }

// caught are datagrams of Open vSwitch; see ../collector/testdata/README.md.
func caught(t testing.TB) [][]byte {
	t.Helper()
	text, err := os.ReadFile("../collector/testdata/ipfix.base64")
	if err != nil {
		t.Fatal(err)
	}
	var datagrams [][]byte
	for line := range strings.Lines(string(text)) {
		datagram, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		datagrams = append(datagrams, datagram)
	}
	return datagrams
}

// network is where the collectors of a test are.
type network struct {
	mu       sync.Mutex
	received map[netip.AddrPort][][]byte
	// broken collectors have no socket, and blocked ones wait until the channel is closed.
	broken  map[netip.AddrPort]error
	blocked map[netip.AddrPort]chan struct{}
	// failing is what sockets say that were opened while it was set; dials counts all of them.
	failing error
	dials   int
}

func (n *network) fail(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.failing = err
}

func (n *network) dialed() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dials
}

func (n *network) dial(to netip.AddrPort) (io.WriteCloser, error) {
	if err := n.broken[to]; err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dials++
	return &link{network: n, to: to, err: n.failing}, nil
}

func (n *network) at(collector netip.AddrPort) [][]byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.received[collector]
}

type link struct {
	network *network
	to      netip.AddrPort
	err     error
}

func (l *link) Write(message []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	if wait := l.network.blocked[l.to]; wait != nil {
		<-wait
	}
	l.network.mu.Lock()
	defer l.network.mu.Unlock()
	if len(message) == 0 { // a probe
		return 0, nil
	}
	if l.network.received == nil {
		l.network.received = map[netip.AddrPort][][]byte{}
	}
	l.network.received[l.to] = append(l.network.received[l.to], append([]byte(nil), message...))
	return len(message), nil
}

func (*link) Close() error { return nil }

// clock is the time of a test.
type clock struct {
	mu  sync.Mutex
	now time.Time
	// elapsed is what a clock says that is never set.
	elapsed time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.elapsed += d
}

// set sets the clock.
func (c *clock) set(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

func (c *clock) Elapsed() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.elapsed
}

// test is a splitter with its surroundings.
type test struct {
	*Splitter
	*clock
	network *network
}

func newTest(t testing.TB) *test {
	t.Helper()
	c, n := &clock{now: time.Unix(1_800_000_000, 0)}, &network{}
	s := New(Config{
		Own:  func() ([]netip.AddrPort, error) { return []netip.AddrPort{vswitchd()}, nil },
		Dial: n.dial, Now: c.Now, Elapsed: c.Elapsed,
	})
	s.SetBridge(bridgeDomain, 1)
	return &test{Splitter: s, clock: c, network: n}
}

// finish ends the deliveries, so that everything is received.
func (s *test) finish(t testing.TB) {
	t.Helper()
	s.Close(t.Context().Done())
}

// bridgeDomain is the observation domain of the bridge in datagrams of this package.
const bridgeDomain = 123

func collectorAddress(number int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 20, byte(number >> 8), byte(number)}), 4739)
}

// The IDs of templates of Open vSwitch: IPv4 and UDP, by direction.
const (
	udpIngress = 284
	udpEgress  = 285
)

// flow is a record that Open vSwitch would send.
type flow struct {
	in, out        point // out is empty for one that enters
	source, target netip.Addr
	sourcePort     uint16
	number         uint64 // of packets
	started        time.Time
}

// message is a datagram of Open vSwitch with some records.
func message(domain uint32, exported time.Time, flows ...flow) []byte {
	var sets []byte
	for _, f := range flows {
		id := uint16(udpIngress)
		if f.out.name != nil {
			id = udpEgress
		}
		sets = appendSet(sets, id, f.record(exported))
	}
	m := appendHeader(nil, headerLength+len(sets), header{exportTime: uint32(exported.Unix()), domain: domain})
	return append(m, sets...)
}

func (f flow) record(exported time.Time) []byte {
	r := binary.BigEndian.AppendUint32(nil, 456)
	direction := byte(0)
	if f.out.name != nil {
		direction = 1
	}
	r = append(r, direction, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 14)
	for _, p := range []point{f.in, f.out} {
		if p.name == nil {
			continue
		}
		r = binary.BigEndian.AppendUint32(r, p.index)
		r = binary.BigEndian.AppendUint32(r, 6)
		r = append(append(r, byte(len(p.name))), p.name...)
		r = append(r, 4, 'v', 'e', 't', 'h')
	}
	r = append(r, 4, 64, 17, 0, 0, 0)
	r = append(append(r, f.source.AsSlice()...), f.target.AsSlice()...)
	r = binary.BigEndian.AppendUint16(r, f.sourcePort)
	r = binary.BigEndian.AppendUint16(r, 5001)
	delta := uint32(0)
	if !f.started.IsZero() {
		delta = uint32(exported.Truncate(time.Second).Sub(f.started).Microseconds())
	}
	r = binary.BigEndian.AppendUint32(r, delta)
	r = binary.BigEndian.AppendUint32(r, delta)
	for _, n := range []uint64{0, 9, f.number, 9, 9, 9, 9, 9, 9, 0, 9, f.number * 142, 9} {
		r = binary.BigEndian.AppendUint64(r, n)
	}
	r = append(r, 2)
	for _, n := range []uint64{0, 9, f.number * 128, 9, f.number, 9, 128, 128, 0, 9} {
		r = binary.BigEndian.AppendUint64(r, n)
	}
	return r
}

// templatesOf are the datagrams with templates among those that were caught, for another domain.
func templatesOf(t testing.TB, domain uint32) [][]byte {
	t.Helper()
	var found [][]byte
	for _, datagram := range caught(t) {
		if set := binary.BigEndian.Uint16(datagram[headerLength:]); set == setTemplates || set == setOptionsTemplates {
			binary.BigEndian.PutUint32(datagram[12:], domain)
			found = append(found, datagram)
		}
	}
	return found
}

func named(name string, index uint32) point { return point{name: []byte(name), index: index} }
