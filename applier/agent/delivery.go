package agent

import (
	"fmt"
	"net/netip"
	"time"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// refusalLasts is how long a refusal counts. ovs-vswitchd writes at most a few lines a
// minute about collectors, for all of them together.
const refusalLasts = 2 * time.Minute

// delivery is what was observed about the collectors.
type delivery struct {
	// events are the last ones of each kind, by target.
	refused, unusable map[string]ovs.LogEvent
	noAgent           *ovs.LogEvent
	// sockets are the remote ends of ovs-vswitchd's sockets; nil if unknown, and why.
	sockets    map[netip.AddrPort]bool
	socketsErr error
	// sendErrors is the last count of IPFIX datagrams that failed, if it was ever read.
	sendErrors *uint64
}

// note takes in events of the log.
func (d *delivery) note(events []ovs.LogEvent) {
	for _, e := range events {
		switch e.Kind {
		case ovs.SendFailed:
			d.remember(&d.refused, e)
		case ovs.OpenFailed:
			d.remember(&d.unusable, e)
		case ovs.NoAgentAddress:
			d.noAgent = &e
		}
	}
}

func (*delivery) remember(events *map[string]ovs.LogEvent, e ovs.LogEvent) {
	if *events == nil {
		*events = map[string]ovs.LogEvent{}
	}
	(*events)[e.Target] = e
}

// count takes in the counters of the IPFIX exporter. The log may not have a refusal, because
// it is rate-limited; with a single target it is clear which one refused.
func (d *delivery) count(s ovs.IPFIXStatistics, targets []string, now time.Time) {
	if last := d.sendErrors; last != nil && s.SendErrors > *last && len(targets) == 1 {
		d.remember(&d.refused, ovs.LogEvent{Time: now, Kind: ovs.SendFailed, Target: targets[0], Reason: fmt.Sprintf("%d IPFIX datagrams could not be sent", s.SendErrors-*last)})
	}
	d.sendErrors = &s.SendErrors
}

// forget drops events that are too old to count.
func (d *delivery) forget(now time.Time) {
	for target, e := range d.refused {
		if now.Sub(e.Time) >= refusalLasts {
			delete(d.refused, target)
		}
	}
	for target := range d.unusable {
		if remote, err := netip.ParseAddrPort(target); err == nil && d.sockets[remote] {
			delete(d.unusable, target) // it could be opened since
		}
	}
}

// collector is the state of one target of a format, and why.
func (d *delivery) collector(f validation.Format, target string) (state v1alpha1.CollectorState, reason string) {
	remote, err := netip.ParseAddrPort(target)
	if err != nil {
		return v1alpha1.CollectorNotOpen, "not an IP address and port; Open vSwitch can't use it"
	}
	if d.sockets == nil {
		why := "not checked yet"
		if d.socketsErr != nil {
			why = d.socketsErr.Error()
		}
		return v1alpha1.CollectorUnknown, why
	}
	if !d.sockets[remote] {
		return v1alpha1.CollectorNotOpen, d.notOpen(f, target)
	}
	if f == validation.SFlow {
		d.noAgent = nil // there is one now
	}
	if e, ok := d.refused[remote.String()]; ok {
		return v1alpha1.CollectorRefused, fmt.Sprintf("%s; is the collector running and listening on %s?", e.Reason, target)
	}
	return v1alpha1.CollectorOpen, ""
}

func (d *delivery) notOpen(f validation.Format, target string) string {
	if e, ok := d.unusable[target]; ok {
		return fmt.Sprintf("ovs-vswitchd can't open a socket: %s; does the node have a route to the collector?", e.Reason)
	}
	if f == validation.SFlow && d.noAgent != nil {
		return "Open vSwitch disabled sFlow because the agent device has no address; assign one, or set another agent in the FlowExportProfile"
	}
	return "ovs-vswitchd has no socket for it; see ovs-vswitchd's log"
}
