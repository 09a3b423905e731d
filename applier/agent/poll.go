package agent

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"sluice/applier/ovs"
	"sluice/validation"
)

// poll checks only the collectors, which is cheap, and reports if something changed.
func (a *Agent) poll(ctx context.Context) {
	if a.last == nil || a.last.err != nil {
		return
	}
	r := *a.last
	r.now = a.config.Now()
	r.lock = a.takeLock()
	a.pollCollectors(ctx, &r)
	a.reopen(ctx, &r)
	a.report(&r, a.lastInputs)
}

// inspect checks the collectors and what export costs.
func (a *Agent) inspect(ctx context.Context, r *reconciliation) {
	var rows [3]*ovs.Exporter
	if r.err == nil && r.state.Bridge != nil {
		rows = r.rows()
	}
	if rows[validation.IPFIX] == nil {
		a.delivery.uncount()
		a.metrics.withoutIPFIX()
	}
	if rows == [3]*ovs.Exporter{} && (r.err != nil || len(ownSets(r.state)) == 0) {
		r.vswitchd = a.answers(ctx)
		a.metrics.withoutDatapath()
		if r.err == nil { // otherwise the exporters may still exist
			a.cost = cost{}
		}
		a.inspected = time.Time{}
		return
	}
	a.delivery.split = r.own.tenants != "" && rows[validation.IPFIX] != nil && slices.Contains(rows[validation.IPFIX].CanonicalTargets(), r.own.tenants)
	a.pollCollectors(ctx, r)
	if r.vswitchd != nil {
		a.metrics.withoutIPFIX()
		a.metrics.withoutDatapath()
		return // each program would wait until its time is up
	}
	// The rest starts three programs; a burst of changes must not wait for them.
	if r.now.Sub(a.inspected) < a.config.Poll {
		return
	}
	a.inspected = r.now
	if ipfix := rows[validation.IPFIX]; ipfix != nil {
		statistics, err := a.config.OVS.IPFIXStatistics(ctx)
		if err != nil {
			a.log.V(1).Info("IPFIX counters not available", "reason", err.Error())
			a.delivery.uncount()
			a.metrics.withoutIPFIX()
		} else {
			a.delivery.count(statistics, remotes(validation.IPFIX, r.own.without(ipfix.CanonicalTargets())), r.now)
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

// answers asks whether ovs-vswitchd is alive. Its rows and its sockets look the same if it hangs.
func (a *Agent) answers(ctx context.Context) *ovs.DaemonError {
	err, failed := errors.AsType[*ovs.DaemonError](a.config.Vswitchd.Answers(ctx, a.config.Timeout))
	if !failed {
		return nil
	}
	a.log.V(1).Info("ovs-vswitchd does not answer", "cause", err.Cause, "reason", err.Error())
	return err
}

func (a *Agent) pollCollectors(ctx context.Context, r *reconciliation) {
	r.vswitchd = a.answers(ctx)
	sockets, err := a.config.Vswitchd.Sockets()
	lacked := a.delivery.lacked
	var kept map[netip.AddrPort]int
	if r.err == nil {
		kept = r.state.Sockets()
	}
	a.delivery.look(sockets, err, kept)
	a.delivery.doubts.look(sockets, a.delivery.probes, func(remote netip.AddrPort) bool { return lacked[remote] >= readingsToConfirm })
	events, err := a.config.VswitchdLog.Read()
	if a.delivery.logErr = err; err != nil {
		a.log.V(1).Info("log of ovs-vswitchd not readable", "reason", err.Error())
	}
	a.metrics.read(err)
	a.delivery.setBack(r.now)
	a.delivery.note(events)
	if r.err == nil {
		a.delivery.keep(configured(r))
	}
	a.delivery.probes = a.prober.start(ctx, a.tenants.probable(probable(r)), r.now)
	a.delivery.forget(r.now) // also events from before the agent started
}

// configured are the targets of the rows, if they could be read, as ovs-vswitchd's log may name them.
func configured(r *reconciliation) []string {
	if r.err != nil || r.state.Bridge == nil {
		return nil
	}
	var targets []string
	add := func(e ovs.Exporter) {
		names := e.CanonicalTargets()
		targets = slices.Concat(targets, names, remotes(e.Format, names))
	}
	for _, row := range r.rows() {
		if row != nil {
			add(*row)
		}
	}
	for _, set := range ownSets(r.state) {
		add(r.state.Rows[set.IPFIX].Exporter)
	}
	return targets
}

// remotes are targets as the addresses and ports that ovs-vswitchd sends to. What is no address stays as it is.
func remotes(f validation.Format, targets []string) []string {
	list := make([]string, len(targets))
	for i, t := range targets {
		list[i] = t
		if remote, ok := ovs.Remote(f, t); ok {
			list[i] = remote.String()
		}
	}
	return list
}

// probable are the collectors to probe: those that are desired and configured, also if the row differs. Nothing is sent to
// targets that only another program knows.
func probable(r *reconciliation) []netip.AddrPort {
	var targets []netip.AddrPort
	for _, f := range validation.Formats() {
		row, exists := r.state.Export(f)
		want := r.lasting(f)
		if !exists || want == nil {
			continue
		}
		wanted := want.CanonicalTargets()
		for _, t := range r.own.without(row.Exporter.CanonicalTargets()) {
			if target, err := netip.ParseAddrPort(t); err == nil && slices.Contains(wanted, t) && !slices.Contains(targets, target) {
				targets = append(targets, target)
			}
		}
	}
	return targets
}
