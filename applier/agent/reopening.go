package agent

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// reopening makes ovs-vswitchd open sockets that it could not open, or that send from an address that
// the node lost: the row is as desired then, and ovs-vswitchd would not try again on its own. Each
// time costs a pass through its whole configuration, so there is a back-off for each collector: one to which no socket can
// be opened does not delay another one.
type reopening struct {
	tries map[netip.AddrPort]attempts
}

// attempts are those to open sockets to one collector.
type attempts struct {
	// made is how many were made since the sockets were there last.
	made int
	// next is the earliest time of the next one.
	next time.Time
}

// maxReopenWait is the longest wait between two attempts.
const maxReopenWait = 10 * time.Minute

// due reports whether to try now to open the sockets to some collectors, and counts it. Each attempt is one for all of
// them.
func (o *reopening) due(wanted []netip.AddrPort, now time.Time, least time.Duration) bool {
	wanted = slices.Compact(slices.SortedFunc(slices.Values(wanted), netip.AddrPort.Compare)) // two rows may have the same
	for remote, t := range o.tries {
		switch {
		case slices.Contains(wanted, remote):
		case now.Before(t.next):
			t.made = 0
			o.tries[remote] = t
		default:
			delete(o.tries, remote)
		}
	}
	if !slices.ContainsFunc(wanted, func(remote netip.AddrPort) bool { return !now.Before(o.tries[remote].next) }) {
		return false
	}
	if o.tries == nil {
		o.tries = map[netip.AddrPort]attempts{}
	}
	for _, remote := range wanted {
		t := o.tries[remote]
		o.tries[remote] = attempts{made: t.made + 1, next: now.Add(min(maxReopenWait, least<<min(t.made, 10)))}
	}
	return true
}

// most is how many attempts were made for the collector that needed the most.
func (o *reopening) most() int {
	most := 0
	for _, t := range o.tries {
		most = max(most, t.made)
	}
	return most
}

// unopened is what is to be opened again.
type unopened struct {
	// collectors are those to which sockets are missing, or send from a lost address.
	collectors []netip.AddrPort
	// lost are the rows with a socket that sends from a lost address. ovs-vswitchd opens those that are missing if it is told to
	// look, and then also the others of the same exporter: silent are the rows of IPFIX that would not send templates to
	// them.
	lost, silent []ovs.Row
	ipfix        bool
}

func (a *Agent) unopened(r *reconciliation) (u unopened) {
	for _, row := range r.asDesired() {
		missing, lost := a.delivery.closed(row.Exporter)
		if len(missing)+len(lost) == 0 {
			continue
		}
		u.collectors = slices.Concat(u.collectors, missing, lost)
		isIPFIX := row.Exporter.Format == validation.IPFIX
		u.ipfix = u.ipfix || isIPFIX
		switch {
		case isIPFIX && (sendsLate(r.state) && len(lost) > 0 || len(missing) > 0 && a.delivery.sendsToOthers(row.Exporter, missing)):
			u.silent = append(u.silent, row)
		case len(lost) > 0:
			u.lost = append(u.lost, row)
		}
	}
	return u
}

// reopen tries to open the sockets that are missing, if the node has a route to the collectors, and
// those that send from a lost address.
func (a *Agent) reopen(ctx context.Context, r *reconciliation) {
	if r.err != nil || r.state.Bridge == nil || r.vswitchd != nil || r.pending > 0 || r.writeErr != nil ||
		r.mode != v1alpha1.ModeEnforce || !r.mayWrite() {
		return
	}
	u := a.unopened(r)
	if a.budget.wait("", r.now) > 0 || !a.reopening.due(u.collectors, r.now, a.config.Poll) {
		return
	}
	a.lookAtSockets()
	err := a.config.OVS.Wake(ctx)
	a.budget.spend("")
	for _, row := range u.lost {
		err = errors.Join(err, a.config.OVS.Reopen(ctx, *r.state.Bridge, row))
		a.budget.spend("")
		a.budget.spend("") // two transactions
	}
	for _, row := range u.silent {
		err = errors.Join(err, a.config.OVS.Restart(ctx, *r.state.Bridge, row))
		a.budget.spend("")
		a.budget.spend("")
	}
	a.lookAtSockets()
	a.metrics.reopened(err)
	if err != nil {
		a.current = false
		r.sooner(a.config.Now()) // what is not restored
		a.log.Info("ovs-vswitchd could not be made to open sockets, will retry", "reason", err.Error(), "attempts", a.reopening.most())
		return
	}
	a.delivery.reopened(a.config.Now(), u.ipfix)
	a.log.Info("made ovs-vswitchd try again to open sockets", "attempts", a.reopening.most())
}

// asDesired are the rows that are desired and are as desired: the bridge's, and that of the collector set for dropped
// packets, which has sockets of its own.
func (r *reconciliation) asDesired() []ovs.Row {
	var rows []ovs.Row
	for _, f := range validation.Formats() {
		if row, exists := r.state.Export(f); exists && r.desired.Exporters[f] != nil && r.drifts[f].Class == ovs.InSync {
			rows = append(rows, row)
		}
	}
	if set, exists := r.dropsSet(); exists {
		rows = append(rows, r.state.Rows[set.IPFIX])
	}
	return rows
}

// closed are the targets to which a socket is missing, or may be, although there is a route, as
// far as is known, and those with one that sends from an address that the node does not have any more. An attempt
// without a route would fail.
func (d *delivery) closed(e ovs.Exporter) (missing, lost []netip.AddrPort) {
	if d.sockets == nil {
		return nil, nil
	}
	for _, t := range e.CanonicalTargets() {
		remote, ok := ovs.Remote(e.Format, t)
		if !ok {
			continue
		}
		if p, isProbed := d.probes[remote]; d.probes != nil && (!isProbed || p.cause == ovs.ProbeNoRoute) {
			continue
		}
		seen, open := d.sockets[remote]
		few := d.seen(remote) < d.keeps(remote)
		if few && !d.unconfirmed(remote) || open && d.doubts.in[remote] {
			missing = append(missing, remote)
		}
		if open && seen.LostOf(d.keeps(remote)).IsValid() {
			lost = append(lost, remote)
		}
	}
	return missing, lost
}

// sendsToOthers reports whether there may be a socket to a target other than some.
func (d *delivery) sendsToOthers(e ovs.Exporter, than []netip.AddrPort) bool {
	return slices.ContainsFunc(e.CanonicalTargets(), func(target string) bool {
		remote, ok := ovs.Remote(e.Format, target)
		return ok && !slices.Contains(than, remote) && d.seen(remote) > 0
	})
}
