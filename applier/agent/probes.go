package agent

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"sluice/applier/ovs"
)

// Probe asks whether datagrams to a collector can arrive. The error is an *ovs.ProbeError.
type Probe func(ctx context.Context, target netip.AddrPort, wait time.Duration) error

// probeWait is how long to wait for the answer that nothing listens.
const probeWait = time.Second

// probed is the result of the last probe of a collector.
type probed struct {
	at    time.Time
	cause ovs.ProbeCause
	// reason is the operating system's, if the probe failed.
	reason string
	// refusedAt is when a probe was last refused, and routedAt when one last found a route after there was none.
	refusedAt, routedAt time.Time
	// routed is when the last two probes began, if both found a route; the first is zero otherwise.
	routed [2]time.Time
}

// refused reports whether a probe was refused, so lately that it counts.
func (p probed) refused(now time.Time) bool {
	return !p.refusedAt.IsZero() && now.Sub(p.refusedAt) < refusalLasts
}

// prober probes each collector about once in each interval, and not all at the same time: empty
// datagrams cost little, but there may be thousands of nodes. It finds a dead collector of any
// format, also without traffic, and says whether the node has a route.
type prober struct {
	probe    Probe
	interval time.Duration
	// now is the clock; nil for the time with which probes are started.
	now func() time.Time
	// due is when each collector is probed next. Only the loop uses it.
	due map[netip.AddrPort]time.Time

	// found gets a value when a probe found something else than the one before.
	found   chan struct{}
	running sync.WaitGroup
	mu      sync.Mutex
	results map[netip.AddrPort]probed
}

// start starts the probes that are due, of these collectors only, and returns the results so far.
func (p *prober) start(ctx context.Context, targets []netip.AddrPort, now time.Time) map[netip.AddrPort]probed {
	if p.probe == nil || p.interval <= 0 {
		return nil
	}
	due, results := map[netip.AddrPort]time.Time{}, map[netip.AddrPort]probed{}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range targets {
		due[t] = p.due[t]
		if !now.Before(due[t]) { // at once, if it is new
			due[t] = now.Add(p.interval*3/4 + rand.N(p.interval/2)) //nolint:gosec // jitter
			p.running.Go(func() { p.ask(ctx, t, now) })
		}
		if r, ok := p.results[t]; ok {
			results[t] = r
		}
	}
	p.due = due
	for t := range p.results {
		if _, wanted := due[t]; !wanted {
			delete(p.results, t)
		}
	}
	return results
}

// ask probes one collector.
func (p *prober) ask(ctx context.Context, target netip.AddrPort, now time.Time) {
	began := now // a pass may take long
	if p.now != nil {
		began = p.now()
	}
	err := p.probe(ctx, target, probeWait)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.results == nil {
		p.results = map[netip.AddrPort]probed{}
	}
	before := p.results[target]
	r := probed{at: now, refusedAt: before.refusedAt, routedAt: before.routedAt}
	if failed, ok := errors.AsType[*ovs.ProbeError](err); ok {
		r.cause, r.reason = failed.Cause, causeOf(failed.Err)
	}
	if r.cause == ovs.ProbeRefused {
		r.refusedAt = now
	}
	if r.cause != ovs.ProbeNoRoute {
		r.routed = [2]time.Time{before.routed[1], began}
		if before.cause == ovs.ProbeNoRoute {
			r.routedAt = began
		}
	}
	changed := r.cause != before.cause
	p.results[target] = r
	if !changed {
		return
	}
	select {
	case p.found <- struct{}{}:
	default:
	}
}

// wait waits for the probes that run.
func (p *prober) wait() { p.running.Wait() }
