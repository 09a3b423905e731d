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

// probeWait is how long to wait for an answer. Machines look for each other for 3 seconds, unless they are configured
// otherwise: the node for a machine in its own network, and a router on the way for one in another network.
const probeWait = 4 * time.Second

// probed is the result of the last probe of a collector.
type probed struct {
	at    time.Time
	cause ovs.ProbeCause
	// err is the operating system's, if the probe failed.
	err error
	// turned is what a machine on the way last answered, instead of the collector's.
	turned turned
	// refusedAt is when a probe was last refused, and routedAt when one last found a route after there was none.
	refusedAt, routedAt time.Time
	// routed is when the last two probes began, if both found a route; the first is zero otherwise.
	routed [2]time.Time
}

// refused reports whether a probe was refused, so lately that it counts.
func (p probed) refused(now time.Time) bool {
	return !p.refusedAt.IsZero() && now.Sub(p.refusedAt) < refusalLasts
}

// turned is the answer of a machine on the way that datagrams do not arrive.
type turned struct {
	at    time.Time
	cause ovs.ProbeCause
	via   netip.Addr
}

// turnedBack reports whether a machine on the way answered that datagrams do not arrive, so lately that it counts. Like
// the collector's, it answers only some of them.
func (p probed) turnedBack(now time.Time) bool {
	return !p.turned.at.IsZero() && now.Sub(p.turned.at) < refusalLasts
}

// sent reports whether the datagram of a probe was sent, and nothing on the way turned it back, as far as is known.
func (p probed) sent() bool { return p.cause == "" || p.cause == ovs.ProbeRefused }

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
	// asking are the collectors from which a probe awaits an answer.
	asking map[netip.AddrPort]bool
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
		if !now.Before(due[t]) && !p.asking[t] { // at once, if it is new
			if p.asking == nil {
				p.asking = map[netip.AddrPort]bool{}
			}
			p.asking[t] = true
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
	delete(p.asking, target)
	if p.results == nil {
		p.results = map[netip.AddrPort]probed{}
	}
	before := p.results[target]
	r := probed{at: now, refusedAt: before.refusedAt, routedAt: before.routedAt, turned: before.turned}
	via := netip.Addr{}
	if failed, ok := errors.AsType[*ovs.ProbeError](err); ok {
		r.cause, r.err, via = failed.Cause, failed.Err, failed.Via
	}
	switch r.cause {
	case ovs.ProbeRefused:
		r.refusedAt, r.turned = now, turned{} // it came to the collector's machine
	case ovs.ProbeUnreachable, ovs.ProbeProhibited:
		if before.turnedBack(now) && before.turned.cause == r.cause {
			via = before.turned.via // there may be several on the way, and reports do not alternate
		}
		r.turned, r.refusedAt = turned{now, r.cause, via}, time.Time{}
	case ovs.ProbeNoRoute, ovs.ProbeNoNeighbor, ovs.ProbeFiltered, ovs.ProbeFailed, "":
	}
	if r.sent() {
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
