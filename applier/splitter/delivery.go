package splitter

import (
	"errors"
	"io"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Dial opens a socket to a collector.
type Dial func(netip.AddrPort) (io.WriteCloser, error)

// retryDial is how long to wait before a socket is opened again; doubled each time, up to maxRetryDial. Each socket is a
// session of its own for the collector.
const (
	retryDial    = 5 * time.Second
	maxRetryDial = time.Minute
	// worksAfter is how long datagrams must be taken until a socket works again. That a machine does not answer for its
	// address, the kernel says after 3 seconds, to the next datagram.
	worksAfter = 5 * time.Second
)

// delivery sends the records of one FlowExport to one collector. What it waits for delays no other one.
type delivery struct {
	collector netip.AddrPort
	dial      Dial
	addresses Addresses
	now       func() time.Time
	rate      *atomic.Uint32
	queue     *queue
	ended     chan struct{}

	writer writer
	conn   io.WriteCloser
	// dialed is when a socket was opened last, and failures how many in a row could not be opened or used. failing
	// says that the present one is among them.
	dialed   time.Time
	failures int
	failing  bool
	// taken is since when datagrams are taken after a failure; zero if the last one was not.
	taken time.Time

	mu    sync.Mutex
	count CollectorCount
	// before is what was counted when another collector left; the stream's.
	before CollectorCount
	// source is the address that the socket sends from, if the node had it when the socket was opened. moved says
	// that the node has lost it.
	source netip.Addr
	moved  bool
}

// CollectorCount is what is known of one collector of a FlowExport.
type CollectorCount struct {
	Collector netip.AddrPort
	// Records were sent in Messages; Failed could not be sent, and Dropped found the queue full.
	Messages, Records, Failed, Dropped uint64
	// LastSent is when records were sent last, LastRefused when the collector refused a datagram last.
	LastSent, LastRefused time.Time
	// Err says why there is no socket, or why datagrams could not be sent; nil if they can be. LastFailed is when that
	// was seen last.
	Err        error
	LastFailed time.Time
}

func newDelivery(collector netip.AddrPort, domain uint32, rate *atomic.Uint32, config Config) *delivery {
	d := &delivery{
		collector: collector, dial: config.Dial, addresses: config.Addresses, now: config.Now, rate: rate, queue: newQueue(), ended: make(chan struct{}),
		writer: writer{domain: domain}, count: CollectorCount{Collector: collector},
	}
	go d.run()
	return d
}

// put hands over a body; what the queue has no room for is dropped.
func (d *delivery) put(b *body, limit int) {
	if !d.queue.put(b, limit) {
		d.mu.Lock()
		d.count.Dropped += uint64(b.records)
		d.mu.Unlock()
	}
}

// run sends until the queue is closed.
func (d *delivery) run() {
	defer close(d.ended)
	for {
		bodies, ok := d.queue.take()
		if !ok {
			break
		}
		d.move()
		if len(bodies) == 0 {
			d.renew()
		}
		for _, b := range bodies {
			d.send(b)
		}
	}
	if d.conn != nil {
		_ = d.conn.Close() // nothing is left
	}
	d.writer = writer{} // only the counts are needed
}

// open opens a socket, unless it is too early to try again.
func (d *delivery) open(now time.Time) {
	wait := min(maxRetryDial, retryDial<<min(max(d.failures-1, 0), 10))
	if d.conn != nil || d.failures > 0 && now.Sub(d.dialed) < wait {
		return
	}
	conn, err := d.dial(d.collector)
	d.dialed = now
	if err != nil {
		d.failures++
		d.failed(now, err)
		return
	}
	d.conn, d.failing = conn, false            // that says nothing of datagrams
	d.writer = writer{domain: d.writer.domain} // another socket is another session
	d.locate()
}

// renew tries a socket that could not be used with an empty datagram, and opens it again. What was reported is out of
// date then.
func (d *delivery) renew() {
	if d.failures == 0 {
		return
	}
	now := d.now()
	if d.conn != nil && d.try(now) {
		return
	}
	if d.reopen(now); d.conn != nil && d.dialed.Equal(now) && !d.try(now) {
		d.fails()
	}
}

// try sends an empty datagram, as probes do.
func (d *delivery) try(now time.Time) bool {
	_, err := d.conn.Write(nil)
	if errors.Is(err, syscall.ECONNREFUSED) {
		d.note(func(c *CollectorCount) { c.LastRefused = now })
		err = nil // the earlier one arrived at the collector's machine
	}
	if err != nil {
		d.failed(now, err)
		return false
	}
	d.works(now)
	return true
}

// fails counts a socket that can't be used once, however many records it can't send.
func (d *delivery) fails() {
	if !d.failing {
		d.failures++
	}
	d.failing = true
}

// failed takes in that a datagram could not be sent.
func (d *delivery) failed(now time.Time, err error) {
	d.taken = time.Time{}
	d.note(func(c *CollectorCount) { c.Err, c.LastFailed = err, now })
}

// works takes in that a datagram was taken.
func (d *delivery) works(now time.Time) {
	if d.failures == 0 {
		return
	}
	if d.taken.IsZero() {
		d.taken = now
	}
	if now.Sub(d.taken) < worksAfter && errors.Is(d.counted().Err, syscall.EHOSTUNREACH) {
		return // it may be about to fail
	}
	d.failures, d.failing, d.taken = 0, false, time.Time{}
	d.note(func(c *CollectorCount) { c.Err = nil })
}

// reopen replaces a socket that can't be used: an address that the node has no longer stays with its socket.
func (d *delivery) reopen(now time.Time) {
	wait := min(maxRetryDial, retryDial<<min(max(d.failures-1, 0), 10))
	if d.conn != nil && now.Sub(d.dialed) >= wait {
		_ = d.conn.Close() // nothing is left
		d.conn = nil
	}
	d.open(now)
}

func (d *delivery) send(b *body) {
	now := d.now()
	d.open(now)
	if d.conn == nil {
		d.note(func(c *CollectorCount) { c.Failed += uint64(b.records) })
		return
	}
	var failure error
	d.writer.write(b, d.rate.Load(), now, func(message []byte, records uint32) {
		_, err := d.conn.Write(message)
		if errors.Is(err, syscall.ECONNREFUSED) {
			// The kernel reports the refusal of an earlier datagram, and did not send this one.
			d.writer.again()
			refused := d.now()
			d.note(func(c *CollectorCount) { c.LastRefused = refused })
			_, err = d.conn.Write(message)
		}
		if err != nil {
			failure = err
		}
		d.note(func(c *CollectorCount) { c.sent(records, now, err) })
	})
	if failure == nil {
		d.works(now)
		return
	}
	d.fails()
	d.failed(now, failure)
	d.writer.again() // what was lost may have been a template
	d.reopen(now)
}

func (c *CollectorCount) sent(records uint32, now time.Time, err error) {
	if err != nil {
		c.Failed += uint64(records)
		c.Err, c.LastFailed = err, now // with the count, so that no one sees one without the other
		return
	}
	c.Messages++
	c.Records += uint64(records)
	c.LastSent = now
}

func (d *delivery) note(change func(*CollectorCount)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.count)
}

// counted is what was counted.
func (d *delivery) counted() CollectorCount {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.count
}

// close ends the delivery after what is in its queue. It does not wait.
func (d *delivery) close() { d.queue.close() }
