package splitter

import "time"

const (
	// maxOffset is how far the clock may be from where it is expected before it counts as set. It is less than half of margin.
	maxOffset = 500 * time.Millisecond
	// unnoticed is by how much the clock may be set without being noticed: from one end to the other.
	unnoticed = 2 * maxOffset
	// readings is how often the clock is read before it counts as set: between the parts of one reading, the
	// operating system may let others run.
	readings = 3
	// leavesCache is how much longer than configured a flow may be in Open vSwitch's cache, which is looked
	// through now and then.
	leavesCache = 10 * time.Second
)

// timepiece notices when the clock is set. Records have times of the clock, so what is known of times before that
// says nothing about records from after it.
type timepiece struct {
	now func() time.Time
	// elapsed is what a clock that is never set says at a reading of now.
	elapsed func(time.Time) time.Duration
	// began is where the clock was when elapsed was 0, as far as it is known.
	began time.Time
	// set is when the clock was set last, as elapsed tells it, and unsettled says that flows from before may still be
	// reported.
	set       time.Duration
	unsettled bool
}

func newTimepiece(now func() time.Time, elapsed func() time.Duration) timepiece {
	if elapsed != nil {
		return timepiece{now: now, elapsed: func(time.Time) time.Duration { return elapsed() }}
	}
	first := now()
	return timepiece{now: now, elapsed: func(at time.Time) time.Duration { return at.Sub(first) }} // by the monotonic reading
}

// read reads the clock, and reports whether it was set since the last time. A flow is in Open vSwitch's cache for
// lifetime at most.
func (c *timepiece) read(lifetime time.Duration) (now time.Time, set bool) {
	var elapsed time.Duration
	var began time.Time
	for range readings {
		now = c.now()
		elapsed = c.elapsed(now)
		began = now.Round(0).Add(-elapsed)
		if c.began.IsZero() {
			c.began = began
		}
		if began.Sub(c.began).Abs() <= maxOffset {
			c.unsettled = c.unsettled && elapsed-c.set <= lifetime+leavesCache
			return now, false
		}
	}
	c.began, c.set, c.unsettled = began, elapsed, true
	return now, true
}
