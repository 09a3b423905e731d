package agent

import (
	"context"
	"net/netip"
	"slices"

	"sluice/applier/desired"
	"sluice/validation"
)

// withdraw removes the agent's own targets from Open vSwitch, and ends a verification: before the agent ends,
// and before it may not write any more. It changes only what the last reconciliation was allowed to change.
// The targets must not stay: their ports may become another program's.
func (a *Agent) withdraw(ctx context.Context) {
	if a.verification.target == "" && a.tenants.target == "" && a.tenants.end == nil {
		return
	}
	if a.verification.target != "" {
		a.verification.finish(ctx)
	}
	defer a.verification.release()
	a.tenants.stop()
	want, ok := a.lastWanted()
	if !ok {
		return // nothing was written
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.config.Timeout)
	defer cancel()
	a.current = false
	r := a.apply(ctx, a.config.Mode, want, targets{})
	a.tenants.settle(r)
	a.current = false // the last state that is remembered is from before the write
	switch {
	case r.err != nil || r.writeErr != nil:
		a.log.Info("the agent's own target is left", "reason", errorOf(r).Error())
	case r.limited || r.lock != nil:
		a.log.Info("the agent's own target is left", "reason", "the agent may not write now")
	}
}

// lastWanted is what was desired when the agent could last write; false if there is none.
func (a *Agent) lastWanted() (desired.State, bool) {
	if a.last != nil && a.last.desired.HandsOff == "" {
		return a.last.desired, true
	}
	inputs, ok := a.config.Source.Inputs()
	if !ok {
		return desired.State{}, false
	}
	want := desired.New(inputs.Inputs)
	return want, want.HandsOff == "" && !want.Observe
}

func errorOf(r *reconciliation) error {
	if r.err != nil {
		return r.err
	}
	return r.writeErr
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
