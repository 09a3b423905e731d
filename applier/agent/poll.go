package agent

import (
	"context"
	"time"

	"sluice/applier/ovs"
	"sluice/validation"
)

// poll checks only the collectors, which is cheap, and reports if something changed.
func (a *Agent) poll() {
	if a.last == nil || a.last.err != nil {
		return
	}
	r := *a.last
	r.now = a.config.Now()
	a.pollCollectors(&r)
	a.report(&r, a.lastInputs)
}

// inspect checks the collectors and what export costs.
func (a *Agent) inspect(ctx context.Context, r *reconciliation) {
	var rows [3]*ovs.Exporter
	if r.err == nil && r.state.Bridge != nil {
		rows = r.rows()
	}
	if rows[validation.IPFIX] == nil {
		a.metrics.withoutIPFIX()
	}
	if rows == [3]*ovs.Exporter{} {
		a.metrics.withoutDatapath()
		a.cost.known = r.err != nil && a.cost.known // the exporters may still exist if they could not be read
		a.inspected = time.Time{}
		return
	}
	a.pollCollectors(r)
	// The rest starts three programs; a burst of changes must not wait for them.
	if r.now.Sub(a.inspected) < a.config.Poll {
		return
	}
	a.inspected = r.now
	if ipfix := rows[validation.IPFIX]; ipfix != nil {
		statistics, err := a.config.OVS.IPFIXStatistics(ctx)
		if err != nil {
			a.log.V(1).Info("IPFIX counters not available", "reason", err.Error())
			a.metrics.withoutIPFIX()
		} else {
			a.delivery.count(statistics, ipfix.CanonicalTargets(), r.now)
			a.metrics.ipfix(statistics)
		}
	}
	table, lookups, err := a.config.OVS.Datapath(ctx)
	if err != nil {
		a.log.V(1).Info("datapath counters not available", "reason", err.Error())
		a.metrics.withoutDatapath()
		return
	}
	a.cost.observe(table, lookups)
	a.metrics.datapath(table, lookups)
}

func (a *Agent) pollCollectors(r *reconciliation) {
	a.delivery.sockets, a.delivery.socketsErr = a.config.Sockets.Sockets()
	events, err := a.config.VswitchdLog.Read()
	if err != nil {
		a.log.V(1).Info("log of ovs-vswitchd not readable", "reason", err.Error())
	}
	a.delivery.note(events)
	a.delivery.forget(r.now) // also events from before the agent started
}
