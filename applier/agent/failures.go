package agent

import (
	"fmt"
	"net/netip"
	"time"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// failure is what could not be sent. Its time is the last one for which it may be true, and shown is when the log or
// a counter last showed it.
type failure struct {
	ovs.LogEvent

	shown time.Time
	// counted says that only the counters of IPFIX show it, which don't say why.
	counted bool
	// returns is how often it was over, as probes said, and came back.
	returns int
}

// lasts is how long it counts after it was shown last. What came back although it was over comes back again.
func (e failure) lasts() time.Duration {
	return min(refusalLasts<<min(e.returns, 10), failureLasts)
}

// pastFailure is when a failure was over last, and how often it was.
type pastFailure struct {
	at    time.Time
	times int
}

// state is the state of a collector that it is about, and why.
func (e failure) state(target string) (state v1alpha1.CollectorState, reason string) {
	if e.Refused {
		return v1alpha1.CollectorRefused, fmt.Sprintf("%s; is the collector running and listening on %s?", e.Reason, target)
	}
	return v1alpha1.CollectorNotOpen, fmt.Sprintf("ovs-vswitchd can't send to it: %s; %s", e.Reason, advice(e.Err()))
}

// failureLasts is how long a failure counts at most, without a line about it, while ovs-vswitchd leaves out lines. It
// writes about one collector a minute: without a limit, one that is refused all the time would make a single failure
// of another one last as long.
const failureLasts = 15 * time.Minute

// fail takes in that something could not be sent.
func (d *delivery) fail(e ovs.LogEvent, counted bool) {
	if d.failed == nil {
		d.failed = map[string]failure{}
	}
	f := failure{LogEvent: e, shown: e.Time, counted: counted}
	if !e.Refused {
		f.returns = max(d.over[e.Target].times, d.failed[e.Target].returns)
	}
	d.failed[e.Target] = f
}

// end takes in that a failure is over, because probes said so or because it was not shown again for long. What says so
// may be wrong: ovs-vswitchd's socket may have another address than the probe's, and be without a route. Then the
// failure comes back, and counts for longer each time. A probe that found no route and then one is right.
func (d *delivery) end(target string, e failure, now time.Time, probed bool) {
	delete(d.failed, target)
	if e.Refused || !probed && e.returns == 0 {
		return
	}
	if d.over == nil {
		d.over = map[string]pastFailure{}
	}
	d.over[target] = pastFailure{now, e.returns + 1}
}

// prolong takes in that lines were left out, which may be about any of the failures.
func (d *delivery) prolong(now time.Time) {
	for target, known := range d.failed {
		over := now.Sub(known.Time) >= known.lasts() // as in a log that is read later
		if !over && (known.Refused || now.Sub(known.shown) < failureLasts) {
			known.Time = now
			d.failed[target] = known
		}
	}
}

// leftOut reports whether lines that ovs-vswitchd left out of its log lately may be about a collector. A probe would
// have found that it refuses, or that there is no route for the agent. What else keeps datagrams from being sent, such as a packet
// filter of the node, may let the probe pass. If it is known of one collector, it may be so for the others, unless
// counters show that all is sent.
func (d *delivery) leftOut(f validation.Format, remote netip.AddrPort, now time.Time) bool {
	if now.Sub(d.dropped).Abs() >= refusalLasts {
		return false
	}
	if _, isProbed := d.probes[remote]; !isProbed {
		return true
	}
	if f == validation.IPFIX && d.ipfix.known && d.ipfix.failed.IsZero() {
		return false
	}
	for _, e := range d.failed {
		if !e.Refused && (!e.NoRoute || e.returns > 0) {
			return true
		}
	}
	return false
}

// routed reports whether a datagram could not be sent for want of a route, and there is one since: a connected socket
// sends again then. It is so if a probe found a route after one found none, or if two in a row did: a route may be
// away for less time than there is between two probes. The latter proves nothing if the failure came back after it. A
// failure without a known reason ends with that, too, because the counters show it again with the next datagram that
// can't be sent. back says that a probe found none before.
func (d *delivery) routed(target string, e failure) (over, back bool) {
	p := d.probes[remoteOf(target)]
	if !e.NoRoute && (!e.counted || e.Refused) {
		return false, false
	}
	back = p.routedAt.After(e.Time)
	return back || e.returns == 0 && p.routed[0].After(e.Time), back
}

// routedSince reports whether a probe found a route to the only collector since a time, after there was none.
func (d *delivery) routedSince(targets []string, since time.Time) bool {
	if len(targets) != 1 {
		return false
	}
	return d.probes[remoteOf(targets[0])].routedAt.After(since)
}

// remoteOf is the zero value for what is no IP address and port.
func remoteOf(target string) netip.AddrPort {
	remote, _ := netip.ParseAddrPort(target)
	return remote
}
