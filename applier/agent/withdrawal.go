package agent

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"sluice/applier/ovs"
	"sluice/validation"
)

// withdraw removes the agent's own targets from Open vSwitch, and ends a verification: before the agent ends,
// and before it may not write any more. It changes nothing else: what is desired is not the agent's to apply then.
// The targets must not stay: their ports may become another program's. If they can't be removed now, the next
// withdrawal tries again.
func (a *Agent) withdraw(ctx context.Context) {
	if a.verification.target == "" && len(a.verification.open) == 0 && a.tenants.target == "" && a.tenants.end == nil && len(a.leaving) == 0 {
		return
	}
	for _, own := range append(a.verification.left(), a.verification.target, a.tenants.address()) {
		if own != "" && !slices.Contains(a.leaving, own) {
			a.leaving = append(a.leaving, own)
		}
	}
	if a.verification.target != "" {
		a.verification.finish(ctx)
	}
	a.tenants.stop()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.config.Timeout)
	defer cancel()
	a.current = false // the last state that is remembered is from before the write
	r := a.removeOwn(ctx, a.leaving)
	if r.err == nil && r.writeErr != nil && ctx.Err() == nil {
		r = a.removeOwn(ctx, a.leaving) // another program may have written at the same time
	}
	a.verification.settle(r)
	a.tenants.settle(r)
	switch {
	case r.lock != nil:
		a.log.Info("the agent's own target is left", "reason", "the agent may not write now")
	case r.err != nil:
		a.log.Info("the agent's own target is left", "reason", r.err.Error())
	case r.writeErr != nil:
		a.log.Info("the agent's own target is left", "reason", r.writeErr.Error())
	default:
		a.leaving = nil
	}
}

// removeOwn removes targets of the agent's own from the rows.
func (a *Agent) removeOwn(ctx context.Context, own []string) *reconciliation {
	r := &reconciliation{now: a.config.Now(), mode: a.config.Mode, lock: a.lock}
	if r.state, r.err = a.config.OVS.Read(ctx); r.err != nil || r.state.Bridge == nil {
		return r
	}
	var plan ovs.Plan
	if plan, r.err = a.withoutOwn(r.state, own); r.err != nil || len(plan.Steps) == 0 || r.lock != nil {
		return r
	}
	start := time.Now()
	r.written = true
	r.writeErr = a.config.OVS.Write(ctx, plan)
	a.metrics.wrote(time.Since(start), r.writeErr)
	if r.state, r.err = a.config.OVS.Read(ctx); r.err != nil {
		return r
	}
	a.progress.wrote(r.state, r.writeErr == nil && !plan.ForOperations())
	for _, s := range plan.Steps {
		if row, exists := r.state.Export(s.Format); exists && s.Row == a.known[s.Format] && s.Action == ovs.Replace {
			a.known[s.Format] = row.UUID
		}
	}
	left, err := a.withoutOwn(r.state, own)
	switch {
	case err == nil && len(left.Steps) == 0:
		a.log.Info("applied", "cause", "withdrawal", "plan", lines(bounded(plan.String())))
		if r.writeErr == nil && ctx.Err() == nil {
			a.owed.note(plan, r.state)
			a.sendTemplates(ctx, r)
		}
		r.writeErr = nil // no matter what the tool reported
	case r.writeErr == nil:
		r.writeErr = errUndone
	}
	return r
}

// errUndone says that a target is in the row again right after it was removed.
var errUndone = errors.New("another program wrote the row again")

// withoutOwn plans the removal of targets of the agent's own. What is stored as applied last changes only for a
// row that was: it must be recognized afterwards, and one of another program must not be.
func (a *Agent) withoutOwn(s ovs.State, own []string) (ovs.Plan, error) {
	d := ovs.Desired{LeaveDrops: true}
	for _, f := range validation.Formats() {
		d.Export[f].Leave = true
		row, exists := s.Export(f)
		if !exists {
			continue
		}
		all := row.Exporter.CanonicalTargets()
		rest := slices.DeleteFunc(slices.Clone(all), func(target string) bool { return slices.Contains(own, target) })
		if len(rest) == len(all) {
			continue
		}
		d.Export[f].Leave = false
		if len(rest) > 0 {
			exporter := row.Exporter
			exporter.Targets = rest
			d.Export[f].Exporter = &exporter
		}
	}
	plan, err := ovs.NewPlan(d, s)
	if err != nil {
		return plan, fmt.Errorf("plan the removal of own targets: %w", err)
	}
	for _, f := range validation.Formats() {
		last := s.Bridge.LastApplied[f]
		if row, exists := s.Export(f); !exists || row.UUID != a.known[f] && row.Exporter.Hash() != last.Hash {
			plan.LastApplied[f] = last
		}
	}
	plan.WriteLastApplied = plan.LastApplied != s.Bridge.LastApplied
	return plan, nil
}

// leftTarget is the target of its own that an agent that was killed left in a row; empty if there is none. Such a row is as desired except for one address of loopback.
func leftTarget(r *reconciliation, formats []validation.Format) string {
	for _, f := range formats {
		row, exists := r.state.Export(f)
		want := r.lasting(f)
		if !exists || want == nil {
			continue
		}
		targets := row.Exporter.CanonicalTargets()
		for i, target := range targets {
			address, err := netip.ParseAddrPort(target)
			if err != nil || !address.Addr().IsLoopback() {
				continue
			}
			rest := row.Exporter
			rest.Targets = slices.Delete(slices.Clone(targets), i, i+1)
			if rest.Equal(*want) {
				return target
			}
		}
	}
	return ""
}
