package source

import (
	"slices"
	"time"
)

// wrote keeps when something was last written to the API server.
func (c *Cluster) wrote() {
	c.outageMu.Lock()
	defer c.outageMu.Unlock()
	c.outage.wrote = time.Now()
}

// outage tells the failure of one watch from an outage of the API server, in which all watches fail and
// nothing can be reported.
type outage struct {
	// ended is when all watches were last seen to fail.
	ended time.Time
	// wrote is when a write last succeeded.
	wrote time.Time
}

// failing are the indexes of the watches that have been failing for longer than a grace period, of which the
// durations are for how long they have been failing, 0 for one that works. After an outage they get the
// period again: they do not recover all at the same time.
func (o *outage) failing(durations []time.Duration, grace time.Duration, now time.Time) []int {
	// What can be written to works, also if no watch does: without the right to watch, for example, or through
	// a proxy that ends watches.
	working := now.Sub(o.wrote) < slices.Min(durations)
	for _, d := range durations {
		working = working || d == 0
	}
	if !working {
		o.ended = now
		return nil
	}
	var list []int
	for i, d := range durations {
		if min(d, now.Sub(o.ended)) > grace {
			list = append(list, i)
		}
	}
	return list
}

// Failing are the resources whose watch fails, although that of others works, and has for a while.
func (c *Cluster) Failing() []string {
	informers := c.watched()
	durations := make([]time.Duration, len(informers))
	for i, informer := range informers {
		durations[i] = informer.FailingFor()
	}
	c.outageMu.Lock()
	defer c.outageMu.Unlock()
	var names []string
	for _, i := range c.outage.failing(durations, c.Grace, time.Now()) {
		names = append(names, informers[i].What())
	}
	return names
}
