package agent

import (
	"context"
	"errors"
	"slices"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
)

// dropsResult is the result for the export of dropped packets.
type dropsResult struct {
	err error
	// sampling says that OVN samples as desired.
	sampling bool
	// pending says that OVN's database is not as desired and was not written.
	pending bool
	// appDomain is the observation domain of OVN's Sampling_App of type drop, which overrides the
	// desired one; empty for none.
	appDomain string
}

// applyNorthbound makes OVN sample dropped packets, or stop it.
func (a *Agent) applyNorthbound(ctx context.Context, r *reconciliation, want *ovs.Drops, mayWrite bool) {
	if !a.config.HasNorthbound {
		r.drops.err = errNoNorthbound
		return
	}
	now, err := a.config.OVS.ReadNorthbound(ctx)
	if err != nil {
		r.drops.err = err
		return
	}
	r.drops.appDomain = now.AppDomain
	arguments, err := ovs.NorthboundArguments(want, now)
	if err == nil && arguments != nil && mayWrite {
		err = a.config.OVS.WriteNorthbound(ctx, arguments)
		a.budget.spend("")
	}
	r.drops.pending = arguments != nil && !mayWrite
	r.drops.err = err
	r.drops.sampling = err == nil && want != nil && (arguments == nil || mayWrite)
}

var errNoNorthbound = errors.New("no OVN northbound database is configured; set --ovn-nb-db to the node's own database")

// drops is the desired export of dropped packets.
func (a *Agent) drops(r *reconciliation) *ovs.Drops {
	if r.mode == v1alpha1.ModeCleanup {
		return nil
	}
	return r.desired.Drops
}

func ownsCollectorSet(s ovs.State) bool {
	return slices.ContainsFunc(s.CollectorSets, func(c ovs.CollectorSet) bool { return c.Ours && c.Bridge == s.Bridge.UUID })
}
