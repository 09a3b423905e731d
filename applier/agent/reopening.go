package agent

import (
	"context"
	"errors"
	"time"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// reopening makes ovs-vswitchd open sockets that it could not open, or that send from an address that
// the node lost: the row is as desired then, and ovs-vswitchd would not try again on its own. Each
// time costs a pass through its whole configuration, so there is a back-off.
type reopening struct {
	attempts int
	// next is the earliest time of the next attempt.
	next time.Time
}

// maxReopenWait is the longest wait between two attempts.
const maxReopenWait = 10 * time.Minute

// due reports whether to try now, and counts it.
func (o *reopening) due(wanted bool, now time.Time, least time.Duration) bool {
	switch {
	case !wanted:
		o.attempts = 0
		return false
	case now.Before(o.next):
		return false
	}
	o.next = now.Add(min(maxReopenWait, least<<min(o.attempts, 10)))
	o.attempts++
	return true
}

// reopen tries to open the sockets that are missing, if the node has a route to the collectors, and
// those that send from a lost address.
func (a *Agent) reopen(ctx context.Context, r *reconciliation) {
	if r.err != nil || r.state.Bridge == nil || r.vswitchd != nil || r.pending > 0 || r.writeErr != nil ||
		r.mode != v1alpha1.ModeEnforce || !r.mayWrite() {
		return
	}
	missing, ipfix := false, false
	var lost []ovs.Row
	for _, row := range r.asDesired() {
		without, moved := a.delivery.closed(row.Exporter)
		missing = missing || without
		ipfix = ipfix || row.Exporter.Format == validation.IPFIX && (without || moved)
		if moved {
			lost = append(lost, row)
		}
	}
	if a.budget.wait("", r.now) > 0 || !a.reopening.due(missing || len(lost) > 0, r.now, a.config.Poll) {
		return
	}
	err := a.config.OVS.Wake(ctx)
	a.budget.spend("")
	for _, row := range lost {
		err = errors.Join(err, a.config.OVS.Reopen(ctx, *r.state.Bridge, row))
		a.budget.spend("")
		a.budget.spend("") // two transactions
	}
	a.metrics.reopened(err)
	if err != nil {
		a.current = false
		r.sooner(a.config.Now()) // what is not restored
		a.log.Info("ovs-vswitchd could not be made to open sockets, will retry", "reason", err.Error(), "attempts", a.reopening.attempts)
		return
	}
	a.delivery.reopened(a.config.Now(), ipfix)
	a.log.Info("made ovs-vswitchd try again to open sockets", "attempts", a.reopening.attempts)
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

// closed reports whether a socket to one of the targets is missing, or may be, although there is a route, as
// far as is known, and whether one sends from an address that the node does not have any more. An attempt
// without a route would fail.
func (d *delivery) closed(e ovs.Exporter) (missing, lost bool) {
	if d.sockets == nil {
		return false, false
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
		missing = missing || few && !d.unconfirmed(remote) || open && d.doubts.in[remote]
		lost = lost || open && seen.LostOf(d.keeps(remote)).IsValid()
	}
	return missing, lost
}
