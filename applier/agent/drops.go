package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// dropsResult is the result for the export of dropped packets.
type dropsResult struct {
	err error
	// unknown says that the export is desired, and err only keeps the agent from reading whether OVN samples.
	unknown bool
	// ending says that the export is not desired, and err keeps OVN from ending its part.
	ending bool
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
		r.drops.err, r.drops.unknown = err, want != nil
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

// failure says what err means for the export of dropped packets.
func (d dropsResult) failure(s ovs.State) string {
	switch {
	case d.unknown:
		return fmt.Sprintf("it is unknown whether OVN samples dropped packets: %s", d.err)
	case !d.ending:
		return fmt.Sprintf("dropped packets are not exported: %s", d.err)
	case len(ownSets(s)) > 0:
		return fmt.Sprintf("dropped packets are still exported: %s", d.err)
	}
	return fmt.Sprintf("dropped packets are not exported any more, but OVN may still sample them: %s", d.err)
}

// droppedTo are the collectors of Sluice's collector sets that are not among those of the reported formats, as
// observed. The counters of IPFIX are about the bridge's row, and say nothing about them.
func (a *Agent) droppedTo(r *reconciliation, formats []v1alpha1.FormatStatus) []v1alpha1.CollectorStatus {
	observed := a.delivery
	observed.uncount()
	var collectors []v1alpha1.CollectorStatus
	for _, set := range ownSets(r.state) {
		for _, t := range r.state.Rows[set.IPFIX].Exporter.CanonicalTargets() {
			same := func(c v1alpha1.CollectorStatus) bool { return c.Target == t }
			listed := slices.ContainsFunc(formats, func(f v1alpha1.FormatStatus) bool {
				return f.Format == v1alpha1.FlowFormat(validation.IPFIX.Name()) && slices.ContainsFunc(f.Collectors, same)
			})
			if !listed && !slices.ContainsFunc(collectors, same) {
				state, reason := observed.collector(validation.IPFIX, t, r.now)
				collectors = append(collectors, v1alpha1.CollectorStatus{Target: t, State: state, Reason: reason})
			}
		}
	}
	return collectors
}

// drops is the desired export of dropped packets.
func (a *Agent) drops(r *reconciliation) *ovs.Drops {
	if r.mode == v1alpha1.ModeCleanup {
		return nil
	}
	return r.desired.Drops
}

// northbound is what is known of OVN's options for the export of dropped packets while it is not desired.
type northbound struct {
	// clean says that they were read since the last resync, and none of Sluice's is left.
	clean bool
	// left says that the collector set was removed, and they could not be.
	left bool
}

// clearNorthbound makes OVN stop sampling for Sluice. The options outlive the collector set, for example if
// an agent ends between the two transactions, so they are read even if there is no set. exported says that
// there was one.
func (a *Agent) clearNorthbound(ctx context.Context, r *reconciliation, exported bool) {
	if !a.config.HasNorthbound && !exported {
		a.northbound.clean = true // nothing says that there are any
		return
	}
	a.applyNorthbound(ctx, r, nil, true)
	r.drops.ending = r.drops.err != nil
	a.northbound = northbound{clean: r.drops.err == nil, left: exported && r.drops.err != nil}
	if r.drops.err != nil && !exported {
		a.log.V(1).Info("OVN's options for dropped packets are unknown, will read them again", "reason", r.drops.err.Error())
		r.drops.err, r.drops.ending = nil, false // nothing is exported, and nothing says that Sluice has options there
		a.northbound.clean = true                // until the next resync
	}
}

// ownSets are the collector sets of the bridge that Sluice made, and by which dropped packets are exported.
func ownSets(s ovs.State) []ovs.CollectorSet {
	if s.Bridge == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.CollectorSets), func(c ovs.CollectorSet) bool { return !c.Ours || c.Bridge != s.Bridge.UUID })
}

// dropsSet is the collector set for dropped packets, if it is desired and as desired.
func (r *reconciliation) dropsSet() (ovs.CollectorSet, bool) {
	want := r.desired.Drops
	if want == nil || r.mode == v1alpha1.ModeCleanup {
		return ovs.CollectorSet{}, false
	}
	for _, set := range ownSets(r.state) {
		if row, exists := r.state.Rows[set.IPFIX]; exists && set.ID == want.CollectorSet && row.Exporter.Equal(want.Exporter) {
			return set, true
		}
	}
	return ovs.CollectorSet{}, false
}
