package agent

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// refusalLasts is how long a refusal counts. ovs-vswitchd writes at most a few lines a
// minute about collectors, for all of them together. A machine answers refused datagrams of one
// sender about once a second, however many there are, so that a probe may miss its answer.
const refusalLasts = 2 * time.Minute

// sendingLasts is how long datagrams that were sent count. It is long enough for the templates of
// an exporter without traffic, so that the state does not follow the traffic.
const sendingLasts = 15 * time.Minute

// delivery is what was observed about the collectors.
type delivery struct {
	// failed is what could not be sent last, and unusable what could not be opened, by target.
	failed   map[string]failure
	unusable map[string]ovs.LogEvent
	// over are failures that ended, and may not have.
	over    map[string]pastFailure
	noAgent *ovs.LogEvent
	// opened is when the agent last made ovs-vswitchd open sockets again.
	opened time.Time
	// dropped is when ovs-vswitchd last left out lines about collectors.
	dropped time.Time
	// logErr says why the log can't be read.
	logErr error
	// sockets are those that may be ovs-vswitchd's; nil if unknown, and why.
	sockets    ovs.Sockets
	socketsErr error
	// kept says how many sockets ovs-vswitchd keeps to a collector if it can open them all.
	kept map[netip.AddrPort]int
	// lacked says how many of the last readings of the sockets lacked one to a target.
	lacked map[netip.AddrPort]int
	// doubts are the collectors to which the sockets may be those of others only.
	doubts doubts
	// ipfix is the last reading of the IPFIX exporter's counters.
	ipfix ipfixReading
	// split says that the IPFIX exporter also sends to the agent, for FlowExports.
	split bool
	// probes are the results of the agent's own probes; probed says that there are any.
	probes map[netip.AddrPort]probed
}

// ipfixReading is a reading of the counters of the IPFIX exporter.
type ipfixReading struct {
	known bool
	at    time.Time
	last  ovs.IPFIXStatistics
	// targets are those of the exporter then.
	targets []string
	// sent is when the counters last showed that datagrams are sent to every target, and failed when they
	// showed that some could not be sent, of which it is not known to which target.
	sent, failed time.Time
}

// note takes in events of the log.
func (d *delivery) note(events []ovs.LogEvent) {
	for _, e := range events {
		switch e.Kind {
		case ovs.SendFailed:
			if e.Refused || e.Time.After(d.opened) {
				d.fail(e, false)
			}
		case ovs.OpenFailed:
			if d.unusable == nil {
				d.unusable = map[string]ovs.LogEvent{}
			}
			d.unusable[e.Target] = e
		case ovs.NoAgentAddress:
			d.noAgent = &e
		case ovs.LinesDropped:
			d.dropped = e.Time
			d.prolong(e.Time)
		}
	}
}

// setBack takes in the present time. If the clock was set back since sockets were opened, the log has earlier times now.
func (d *delivery) setBack(now time.Time) {
	if d.opened.Round(0).After(now.Round(0)) { // by the wall clock, as in the log
		d.opened = time.Time{}
	}
}

// reopened takes in that ovs-vswitchd was made to open sockets again. What a former socket could not send says
// nothing about the new one; whether the collector refuses does not depend on the socket. ipfix says that those of
// IPFIX may be new ones. Otherwise its counters go on.
func (d *delivery) reopened(now time.Time, ipfix bool) {
	d.opened, d.doubts.reopened = now, true
	maps.DeleteFunc(d.failed, func(_ string, e failure) bool { return !e.Refused })
	if ipfix {
		d.uncount() // what is counted until the next reading may be about the former sockets
	}
}

// count takes in the counters of the IPFIX exporter. The log may not have a refusal, because
// it is rate-limited; with a single target it is clear which one failed.
func (d *delivery) count(s ovs.IPFIXStatistics, targets []string, now time.Time) {
	last := d.ipfix.last
	if !slices.Equal(d.ipfix.targets, targets) {
		// The counters go on over a change of the targets: what was counted since the last reading
		// may be about the former ones.
		d.ipfix = ipfixReading{}
	}
	// What failed since the last reading may have failed before there was a route again.
	failing := d.ipfix.known && s.SendErrors > last.SendErrors && !d.routedSince(targets, d.ipfix.at)
	if failing {
		d.ipfix.sent, d.ipfix.failed = time.Time{}, now
	}
	if failing && len(targets) == 1 {
		e := ovs.LogEvent{Time: now, Kind: ovs.SendFailed, Target: targets[0], Reason: "IPFIX datagrams could not be sent", Refused: d.mayRefuse(targets[0], now)}
		known, logged := d.failed[targets[0]]
		if logged = logged && !known.counted; logged {
			e.Reason, e.Errno, e.Refused, e.NoRoute = known.Reason, known.Errno, known.Refused, known.NoRoute // the log says why
		}
		d.fail(e, !logged)
	}
	if d.ipfix.known && s.SentPackets > last.SentPackets && s.SendErrors == last.SendErrors {
		d.ipfix.sent, d.ipfix.failed = now, time.Time{}
		if len(targets) == 1 && d.failed[targets[0]].counted {
			delete(d.failed, targets[0])
		}
	}
	d.ipfix.known, d.ipfix.last, d.ipfix.targets, d.ipfix.at = true, s, targets, now
}

// mayRefuse reports whether a collector may refuse datagrams: unless a probe just arrived there.
func (d *delivery) mayRefuse(target string, now time.Time) bool {
	remote, err := netip.ParseAddrPort(target)
	p, isProbed := d.probes[remote]
	return err != nil || !isProbed || p.refused(now)
}

// uncount forgets the counters, which can't be read. Then the exporter may not exist.
func (d *delivery) uncount() { d.ipfix = ipfixReading{} }

// forget drops events that are too old to count.
func (d *delivery) forget(now time.Time) {
	for target, e := range d.failed {
		// The log has the time of the wall clock, which may have been set back since.
		routed, back := d.routed(target, e)
		switch age := now.Sub(e.Time); {
		case back:
			delete(d.failed, target)
			delete(d.over, target)
		case routed, age >= e.lasts(), age <= -refusalLasts:
			d.end(target, e, now, routed)
		}
		if routed && slices.Equal(d.ipfix.targets, []string{target}) {
			d.ipfix.failed = time.Time{} // it was this failure
		}
	}
	maps.DeleteFunc(d.over, func(_ string, o pastFailure) bool { return now.Sub(o.at).Abs() >= failureLasts })
	for target := range d.unusable {
		if remote, err := netip.ParseAddrPort(target); err == nil {
			if d.seen(remote) >= d.keeps(remote) {
				delete(d.unusable, target) // it could be opened since
			}
		}
	}
	for target, p := range d.probes {
		if now.Sub(p.at) >= refusalLasts {
			delete(d.probes, target)
		}
	}
	if now.Sub(d.ipfix.sent) >= sendingLasts {
		d.ipfix.sent = time.Time{}
	}
	if now.Sub(d.ipfix.failed) >= refusalLasts {
		d.ipfix.failed = time.Time{}
	}
}

// collector is the state of one target of a format, and why.
func (d *delivery) collector(f validation.Format, target string, now time.Time) (state v1alpha1.CollectorState, reason string) {
	remote, ok := ovs.Remote(f, target)
	if !ok {
		return v1alpha1.CollectorNotOpen, "not an IP address and port; Open vSwitch can't use it"
	}
	if d.sockets == nil {
		why := "not checked yet"
		if d.socketsErr != nil {
			why = d.socketsErr.Error()
		}
		return v1alpha1.CollectorUnknown, why
	}
	seen, open := d.sockets[remote]
	few, lost := d.seen(remote) < d.keeps(remote), seen.LostOf(d.keeps(remote))
	switch {
	case few && d.unconfirmed(remote) && !open:
		return v1alpha1.CollectorUnknown, "ovs-vswitchd had no socket for it when the agent looked once"
	case few && d.unconfirmed(remote):
		return v1alpha1.CollectorUnknown, "ovs-vswitchd had too few sockets for it when the agent looked once"
	case open && lost.IsValid(): // also if it is not known whose the sockets are: too few of them can send
		return v1alpha1.CollectorNotOpen, fmt.Sprintf("ovs-vswitchd sends from %s, which is not an address of the node any more", lost)
	case few:
		return v1alpha1.CollectorNotOpen, d.notOpen(f, target, remote)
	}
	if state, reason := d.probes[remote].met(remote.String(), now); state != "" {
		return state, reason
	}
	if e, ok := d.failed[remote.String()]; ok {
		return e.state(remote.String())
	}
	if !seen.Own && !d.exports(f, remote) {
		return v1alpha1.CollectorUnknown, "there is a socket to it, but ovs-vswitchd runs as root, so that it may be another program's"
	}
	if f == validation.SFlow {
		d.noAgent = nil // there is one now
	}
	if d.leftOut(f, remote, now) {
		return v1alpha1.CollectorUnknown, "ovs-vswitchd leaves out lines of its log, which may be about this collector"
	}
	if p, ok := d.probes[remote]; ok && p.cause == ovs.ProbeFailed {
		return v1alpha1.CollectorUnknown, fmt.Sprintf("the agent's own datagram to it failed: %v; %s", p.err, advice(p.err))
	}
	switch {
	case f != validation.IPFIX:
	case !d.ipfix.failed.IsZero() && !d.othersFail(remote):
		return v1alpha1.CollectorUnknown, "ovs-vswitchd could not send some IPFIX datagrams; it is not known to which collector"
	case !d.ipfix.sent.IsZero():
		return v1alpha1.CollectorSending, ""
	}
	return v1alpha1.CollectorIdle, ""
}

// othersFail reports whether another IPFIX collector than this one is known to fail, so that it explains why
// datagrams could not be sent.
func (d *delivery) othersFail(than netip.AddrPort) bool {
	for _, t := range d.ipfix.targets {
		remote, err := netip.ParseAddrPort(t)
		if err != nil || remote == than {
			continue
		}
		_, logged := d.failed[remote.String()]
		_, open := d.sockets[remote]
		if logged || !open || d.probes[remote].failing() {
			return true
		}
	}
	return false
}

// keep forgets what the log says of targets that no row has: there may be any number of them.
func (d *delivery) keep(targets []string) {
	maps.DeleteFunc(d.failed, func(target string, _ failure) bool { return !slices.Contains(targets, target) })
	maps.DeleteFunc(d.unusable, func(target string, _ ovs.LogEvent) bool { return !slices.Contains(targets, target) })
	maps.DeleteFunc(d.over, func(target string, _ pastFailure) bool { return !slices.Contains(targets, target) })
}

// exports reports whether ovs-vswitchd's own counters prove that it has all of its sockets to the only
// collector of a format. It has counters while the bridge's IPFIX exporter has at least one socket: if another exporter has the
// same collector, or the agent has a target of its own for FlowExports, that proves nothing about the collector.
func (d *delivery) exports(f validation.Format, remote netip.AddrPort) bool {
	return f == validation.IPFIX && d.ipfix.known && len(d.ipfix.targets) == 1 && d.keeps(remote) == 1 && !d.split
}

// notOpen says why a socket to a target is missing.
func (d *delivery) notOpen(f validation.Format, target string, remote netip.AddrPort) string {
	if e, ok := d.unusable[target]; ok {
		return fmt.Sprintf("ovs-vswitchd can't open a socket: %s; %s", e.Reason, advice(e.Err()))
	}
	if f == validation.SFlow && d.noAgent != nil {
		return "Open vSwitch disabled sFlow because the agent device has no address; assign one, or set another agent in the FlowExportProfile"
	}
	if n := d.seen(remote); n > 0 {
		return fmt.Sprintf("ovs-vswitchd has only %d of the %d sockets for it, one for each row in Open vSwitch with this target; see ovs-vswitchd's log", n, d.keeps(remote))
	}
	return "ovs-vswitchd has no socket for it; see ovs-vswitchd's log"
}
