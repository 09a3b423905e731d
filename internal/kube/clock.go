package kube

import (
	"net/http"
	"sync/atomic"
	"time"
)

// Clock tells the time of an API server, also on a machine with a wrong clock. It knows it from the
// answers to the requests that pass it. Before the first one, it is the machine's.
type Clock struct {
	local  func() time.Time
	offset atomic.Int64
}

// NewClock starts from the machine's clock.
func NewClock(local func() time.Time) *Clock { return &Clock{local: local} }

// Now is the API server's time.
func (c *Clock) Now() time.Time { return c.local().Add(c.Offset()) }

// Offset is how far the API server's clock is ahead of this machine's. It is 0 as long as the answers
// don't prove that the clocks differ.
func (c *Clock) Offset() time.Duration { return time.Duration(c.offset.Load()) }

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
		d.clock.offset.Store(int64(offset(date, sent, d.clock.local())))
	}
	return answer, nil
}

// dateResolution is that of the header Date: it has whole seconds, without the fraction.
const dateResolution = time.Second

// offset is by how much a server's clock is ahead, if it wrote date between two moments of this
// machine's: of all offsets that are possible, the one that is closest to 0.
func offset(date, sent, received time.Time) time.Duration {
	least, most := date.Sub(received.Round(0)), date.Add(dateResolution).Sub(sent.Round(0))
	switch {
	case least > 0:
		return least
	case most < 0:
		return most
	}
	return 0
}
