package kube

import (
	"net/http"
	"sync"
	"time"
)

// Clock tells the time of an API server, also on a machine with a wrong clock. It knows it from the
// answers to the requests that pass it. Before the first one, it is the machine's.
type Clock struct {
	local func() time.Time
	// elapsed is how long it is from one moment to another by a clock that is never set.
	elapsed func(from, to time.Time) time.Duration

	mu    sync.Mutex
	known *bracket  // what all answers say together; nil before the first one
	at    time.Time // when the last one was received
}

// NewClock starts from the machine's clock.
func NewClock(local func() time.Time) *Clock {
	return &Clock{local: local, elapsed: func(from, to time.Time) time.Duration { return to.Sub(from) }}
}

// Now is the API server's time.
func (c *Clock) Now() time.Time { return c.local().Add(c.Offset()) }

// Offset is how far the API server's clock is ahead of this machine's. It is 0 as long as the answers
// don't prove that the clocks differ.
func (c *Clock) Offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		return 0
	}
	return c.known.closest()
}

// answered takes in an answer. An answer that took long says little, and takes nothing from what earlier ones proved.
// Those count for nothing any more if one of the clocks was set since.
func (c *Clock) answered(date, sent, received time.Time) {
	next := offsets(date, received, c.elapsed(sent, received))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known != nil && c.stepped(c.at, received) < maxStep {
		if both := c.known.and(next); both.least <= both.most {
			next = both
		}
	}
	c.known, c.at = &next, received
}

// maxStep is by how much this machine's clock may differ from its monotonic clock, if it was not set.
const maxStep = 100 * time.Millisecond

// stepped is by how much this machine's clock was set between two moments.
func (c *Clock) stepped(from, to time.Time) time.Duration {
	return (to.Round(0).Sub(from.Round(0)) - c.elapsed(from, to)).Abs()
}

// Wrap reads the Date of each answer that next gets.
func (c *Clock) Wrap(next http.RoundTripper) http.RoundTripper { return dated{c, next} }

type dated struct {
	clock *Clock
	next  http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (d dated) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := d.clock.local()
	answer, err := d.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if date, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
		d.clock.answered(date, sent, d.clock.local())
	}
	return answer, nil
}

// dateResolution is that of the header Date: it has whole seconds, without the fraction.
const dateResolution = time.Second

// bracket is the least and the most by which a server's clock may be ahead.
type bracket struct{ least, most time.Duration }

// offsets are those that are possible if a server wrote date at most so long before its answer was received.
func offsets(date, received time.Time, taken time.Duration) bracket {
	least := date.Sub(received.Round(0))
	return bracket{least, least + dateResolution + taken}
}

// and are the offsets that are in both; least is more than most if there are none.
func (b bracket) and(o bracket) bracket { return bracket{max(b.least, o.least), min(b.most, o.most)} }

// closest is the possible offset that is closest to 0.
func (b bracket) closest() time.Duration { return min(max(0, b.least), b.most) }
