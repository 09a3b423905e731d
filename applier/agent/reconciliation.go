package agent

import (
	"context"
	"errors"
	"slices"
	"time"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/validation"
)

// reconciliation is what one reconciliation of the node found and did.
type reconciliation struct {
	now  time.Time
	mode v1alpha1.Mode
	// desired is what the node is to export.
	desired desired.State
	// extra is the target of a verification that runs; "" if none does.
	extra string
	// unsupported are the wanted columns that this version of Open vSwitch doesn't have.
	unsupported []ovs.ColumnName
	// state is what stands in the end; err says why it is not known.
	state ovs.State
	err   error
	// written says that something was written, and writeErr how that failed.
	written  bool
	writeErr error
	// unfinished says that something is still to be written, if only it may be.
	unfinished bool

	drifts    [3]ovs.Drift
	decisions [3]decision
	drops     dropsResult
	// again is when to look again; zero if there is no hurry.
	again time.Time
}

// rows are the records that stand.
func (r *reconciliation) rows() [3]*ovs.Exporter {
	var rows [3]*ovs.Exporter
	for _, f := range validation.Formats() {
		if row, ok := r.state.Export(f); ok {
			rows[f] = &row.Exporter
		}
	}
	return rows
}

// sooner moves the next look forward.
func (r *reconciliation) sooner(at time.Time) {
	if !at.IsZero() && (r.again.IsZero() || at.Before(r.again)) {
		r.again = at
	}
}

// apply brings Open vSwitch to what is desired, as far as the mode, the ownership of rows and the
// hold-down of other writers allow, and reads back what became of it.
func (a *Agent) apply(ctx context.Context, want desired.State, extra string) *reconciliation {
	r := &reconciliation{now: a.config.Now(), mode: a.config.Mode, desired: want, extra: extra}
	var remembered bool
	if r.state, remembered, r.err = a.read(ctx); r.err != nil {
		return r
	}
	r.desired, r.unsupported = want.Supported(r.state)
	a.judge(r)
	if r.state.Bridge == nil {
		return r
	}
	mayWrite := r.mode != v1alpha1.ModeObserve && r.desired.HandsOff == ""
	if r.mode == v1alpha1.ModeCleanup && r.desired.Unknown != "" {
		mayWrite = true // what Sluice made is to go, whatever is wanted
	}
	drops := a.drops(r)
	if drops == nil && mayWrite && ownsCollectorSet(r.state) {
		// OVN must stop to use the collector set before it goes. The set is also the only
		// trace of what has to be undone there, so it goes last.
		a.applyNorthbound(ctx, r, nil, mayWrite)
	}
	plan, err := a.plan(r)
	if err != nil {
		r.err = err
		return r
	}
	if !plan.Empty() && mayWrite {
		a.write(ctx, r, plan)
	}
	if remembered && r.writeErr != nil && r.err == nil {
		// What was remembered was out of date. Now it isn't.
		if plan, r.err = a.plan(r); r.err == nil && !plan.Empty() {
			a.write(ctx, r, plan)
		}
	}
	if drops != nil && r.drops.err == nil && r.err == nil && r.writeErr == nil {
		a.applyNorthbound(ctx, r, drops, mayWrite)
	}
	if r.err == nil {
		rest, err := a.plan(r)
		r.unfinished = err != nil || len(rest.Steps) > 0 // the note alone exports nothing
	}
	return r
}

// read reads what stands in Open vSwitch. A change of what is wanted need not wait for that
// if the watch told of no change since: a plan names what it was made from, and fails if
// that is not so any more. The agent's own writes are told by the watch, too.
func (a *Agent) read(ctx context.Context) (state ovs.State, remembered bool, err error) {
	for pending := true; pending; {
		select {
		case <-a.config.Changes:
			a.current = false
		default:
			pending = false
		}
	}
	if a.current && a.last != nil && a.last.err == nil && !a.last.state.Behind() {
		return a.last.state, true, nil
	}
	// What changes from here on is told again.
	a.current = a.config.Changes != nil
	state, err = a.config.OVS.Read(ctx)
	return state, false, err
}

// plan plans what may be done now. What hinders the export of drops hinders nothing else.
func (a *Agent) plan(r *reconciliation) (ovs.Plan, error) {
	desired := a.permitted(r)
	desired.LeaveDrops = desired.LeaveDrops || r.drops.err != nil
	plan, err := ovs.NewPlan(desired, r.state)
	if taken, ok := errors.AsType[*ovs.TakenError](err); ok {
		r.drops.err = taken
		desired.LeaveDrops = true
		return ovs.NewPlan(desired, r.state)
	}
	return plan, err
}

// drops is what is wanted of the export of dropped packets.
func (a *Agent) drops(r *reconciliation) *ovs.Drops {
	if r.mode == v1alpha1.ModeCleanup {
		return nil
	}
	return r.desired.Drops
}

func ownsCollectorSet(s ovs.State) bool {
	return slices.ContainsFunc(s.CollectorSets, func(c ovs.CollectorSet) bool { return c.Ours && c.Bridge == s.Bridge.UUID })
}

// write executes a plan and reads back what became of it, whatever the tool said: what has
// no answer in time may have been done.
func (a *Agent) write(ctx context.Context, r *reconciliation, plan ovs.Plan) {
	before := r.drifts
	start := time.Now()
	r.written = true
	r.writeErr = a.config.OVS.Write(ctx, plan)
	a.metrics.wrote(time.Since(start), r.writeErr)
	state, err := a.config.OVS.Read(ctx)
	if err != nil {
		r.err = err
		return
	}
	r.state = state
	r.now = a.config.Now()
	allowed := r.decisions
	a.judge(r)
	for _, f := range validation.Formats() {
		// What was not written is no repair: the reason lies here, not with another writer.
		took := r.writeErr == nil || r.drifts[f].Class == ovs.InSync
		if before[f].Class != ovs.InSync && !before[f].Pending && allowed[f].act && took {
			a.holdDown.repaired(f, r.now)
			a.metrics.repaired(f)
		}
	}
	if r.writeErr == nil {
		a.log.Info("applied", "generation", r.desired.Generation, "plan", plan.String())
		return
	}
	if next, err := a.plan(r); err == nil && next.Empty() && !r.heldBack() {
		// It was committed all the same; most likely ovs-vswitchd was slow or is stopped.
		a.log.Info("applied, though ovs-vsctl did not say so", "generation", r.desired.Generation, "reason", r.writeErr.Error())
		r.writeErr = nil
	}
}

// heldBack reports whether something is left as it is only because another writer may not
// have finished with it.
func (r *reconciliation) heldBack() bool {
	for _, f := range validation.Formats() {
		if r.drifts[f].Class != ovs.InSync && !r.decisions[f].act {
			return true
		}
	}
	return false
}

// unknown reports whether it is not known what is wanted, and it matters.
func (r *reconciliation) unknown() bool {
	return r.desired.Unknown != "" && r.mode != v1alpha1.ModeCleanup
}

// judge works out where each format stands and what may be done about it: nothing while it
// is not known what is wanted.
func (a *Agent) judge(r *reconciliation) {
	if r.state.Bridge == nil || r.unknown() {
		return
	}
	for _, f := range validation.Formats() {
		want := r.wanted(f)
		row, exists := r.state.Export(f)
		var present *ovs.Row
		fingerprint := "none"
		if exists {
			present = &row
			fingerprint = string(row.UUID) + row.Exporter.Hash()
		}
		r.drifts[f] = ovs.Classify(want, present, a.evidence(r, f))
		hash := ""
		if want != nil {
			hash = want.Hash()
		}
		r.decisions[f] = a.holdDown.decide(f, r.drifts[f], fingerprint, hash, r.now)
		r.sooner(r.decisions[f].until)
		if r.drifts[f].Class == ovs.InSync {
			a.known[f] = "" // adopted, whoever wrote it
			if exists {
				a.known[f] = row.UUID
			}
		}
	}
}

// evidence is by what a row of a format is recognized. Cleanup removes what Sluice applied,
// and leaves what OVN-Kubernetes alone made.
func (a *Agent) evidence(r *reconciliation, f validation.Format) ovs.Evidence {
	e := ovs.Evidence{LastApplied: r.state.Bridge.LastApplied[f], Known: a.known[f], Cluster: r.desired.Cluster[f]}
	if r.mode == v1alpha1.ModeCleanup {
		e.LastApplied = ovs.AppliedFormat{Hash: e.LastApplied.Hash, Off: e.LastApplied.Off}
		e.Cluster = nil
	}
	return e
}

// wanted is what is wanted of a format, with the verification's target: in the mode Cleanup
// nothing.
func (r *reconciliation) wanted(f validation.Format) *ovs.Exporter {
	record := r.desired.Exporters[f]
	switch {
	case record == nil, r.mode == v1alpha1.ModeCleanup:
		return nil
	case r.extra == "":
		return record
	}
	extended := *record
	extended.Targets = append(slices.Clone(record.Targets), r.extra)
	return &extended
}

// permitted is what to plan for: only what may be changed now.
func (a *Agent) permitted(r *reconciliation) ovs.Desired {
	d := ovs.Desired{Drops: a.drops(r), LeaveDrops: r.unknown(), RemoveLastApplied: r.mode == v1alpha1.ModeCleanup}
	for _, f := range validation.Formats() {
		s := r.drifts[f]
		want := r.wanted(f)
		switch {
		case s.Class == ovs.InSync:
			d.Export[f] = ovs.Want{Exporter: want}
		case !r.decisions[f].act, want == nil && !s.Removable():
			d.Export[f] = ovs.Want{Leave: true}
			// What Sluice has yet to remove it must not forget.
			d.RemoveLastApplied = d.RemoveLastApplied && s.Class == ovs.Foreign
		default:
			d.Export[f] = ovs.Want{Exporter: want}
		}
		if r.mode != v1alpha1.ModeCleanup && !r.decisions[f].waits() {
			// While another writer may have to finish, the note waits as well: it goes with
			// the repair, in one transaction.
			d.Export[f].Cluster = r.desired.Cluster[f]
		}
	}
	return d
}

// dropsResult is what became of the export of dropped packets.
type dropsResult struct {
	err error
	// sampling says that OVN samples as wanted.
	sampling bool
}

// applyNorthbound makes OVN sample dropped packets, or not any more.
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
	arguments, err := ovs.NorthboundArguments(want, now)
	if err == nil && arguments != nil && mayWrite {
		err = a.config.OVS.WriteNorthbound(ctx, arguments)
	}
	r.drops.err = err
	r.drops.sampling = err == nil && want != nil && (arguments == nil || mayWrite)
}

var errNoNorthbound = errors.New("no OVN northbound database is known; set --ovn-nb-db to the node's own")
