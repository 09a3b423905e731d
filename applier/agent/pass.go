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

// pass is what one look at the node found and did.
type pass struct {
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

	standings [3]ovs.Standing
	rulings   [3]ruling
	drops     dropsResult
	// again is when to look again; zero if there is no hurry.
	again time.Time
}

// rows are the records that stand.
func (p *pass) rows() [3]*ovs.Record {
	var rows [3]*ovs.Record
	for _, f := range validation.Formats() {
		if row, ok := p.state.Export(f); ok {
			rows[f] = &row.Record
		}
	}
	return rows
}

// sooner moves the next look forward.
func (p *pass) sooner(at time.Time) {
	if !at.IsZero() && (p.again.IsZero() || at.Before(p.again)) {
		p.again = at
	}
}

// apply brings Open vSwitch to what is desired, as far as the mode, the ownership of rows and the
// restraint towards other writers allow, and reads back what became of it.
func (a *Agent) apply(ctx context.Context, want desired.State, extra string) *pass {
	p := &pass{now: a.config.Now(), mode: a.config.Mode, desired: want, extra: extra}
	var remembered bool
	if p.state, remembered, p.err = a.read(ctx); p.err != nil {
		return p
	}
	p.desired, p.unsupported = want.Supported(p.state)
	a.judge(p)
	if p.state.Bridge == nil {
		return p
	}
	mayWrite := p.mode != v1alpha1.ModeObserve && p.desired.HandsOff == ""
	if p.mode == v1alpha1.ModeCleanup && p.desired.Unknown != "" {
		mayWrite = true // what Sluice made is to go, whatever is wanted
	}
	drops := a.drops(p)
	if drops == nil && mayWrite && ownsCollectorSet(p.state) {
		// OVN must stop to use the collector set before it goes. The set is also the only
		// trace of what has to be undone there, so it goes last.
		a.applyNorthbound(ctx, p, nil, mayWrite)
	}
	plan, err := a.plan(p)
	if err != nil {
		p.err = err
		return p
	}
	if !plan.Empty() && mayWrite {
		a.write(ctx, p, plan)
	}
	if remembered && p.writeErr != nil && p.err == nil {
		// What was remembered was out of date. Now it isn't.
		if plan, p.err = a.plan(p); p.err == nil && !plan.Empty() {
			a.write(ctx, p, plan)
		}
	}
	if drops != nil && p.drops.err == nil && p.err == nil && p.writeErr == nil {
		a.applyNorthbound(ctx, p, drops, mayWrite)
	}
	if p.err == nil {
		rest, err := a.plan(p)
		p.unfinished = err != nil || len(rest.Steps) > 0 // the note alone exports nothing
	}
	return p
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
func (a *Agent) plan(p *pass) (ovs.Plan, error) {
	desired := a.permitted(p)
	desired.LeaveDrops = desired.LeaveDrops || p.drops.err != nil
	plan, err := ovs.NewPlan(desired, p.state)
	if taken, ok := errors.AsType[*ovs.TakenError](err); ok {
		p.drops.err = taken
		desired.LeaveDrops = true
		return ovs.NewPlan(desired, p.state)
	}
	return plan, err
}

// drops is what is wanted of the export of dropped packets.
func (a *Agent) drops(p *pass) *ovs.Drops {
	if p.mode == v1alpha1.ModeCleanup {
		return nil
	}
	return p.desired.Drops
}

func ownsCollectorSet(s ovs.State) bool {
	return slices.ContainsFunc(s.CollectorSets, func(c ovs.CollectorSet) bool { return c.Ours && c.Bridge == s.Bridge.UUID })
}

// write executes a plan and reads back what became of it, whatever the tool said: what has
// no answer in time may have been done.
func (a *Agent) write(ctx context.Context, p *pass, plan ovs.Plan) {
	before := p.standings
	start := time.Now()
	p.written = true
	p.writeErr = a.config.OVS.Write(ctx, plan)
	a.metrics.wrote(time.Since(start), p.writeErr)
	state, err := a.config.OVS.Read(ctx)
	if err != nil {
		p.err = err
		return
	}
	p.state = state
	p.now = a.config.Now()
	allowed := p.rulings
	a.judge(p)
	for _, f := range validation.Formats() {
		// What was not written is no repair: the reason lies here, not with another writer.
		took := p.writeErr == nil || p.standings[f].Class == ovs.InSync
		if before[f].Class != ovs.InSync && !before[f].Pending && allowed[f].act && took {
			a.restraint.repaired(f, p.now)
			a.metrics.repaired(f)
		}
	}
	if p.writeErr == nil {
		a.log.Info("applied", "generation", p.desired.Generation, "plan", plan.String())
		return
	}
	if next, err := a.plan(p); err == nil && next.Empty() && !p.heldBack() {
		// It was committed all the same; most likely ovs-vswitchd was slow or is stopped.
		a.log.Info("applied, though ovs-vsctl did not say so", "generation", p.desired.Generation, "reason", p.writeErr.Error())
		p.writeErr = nil
	}
}

// heldBack reports whether something is left as it is only because another writer may not
// have finished with it.
func (p *pass) heldBack() bool {
	for _, f := range validation.Formats() {
		if p.standings[f].Class != ovs.InSync && !p.rulings[f].act {
			return true
		}
	}
	return false
}

// unknown reports whether it is not known what is wanted, and it matters.
func (p *pass) unknown() bool { return p.desired.Unknown != "" && p.mode != v1alpha1.ModeCleanup }

// judge works out where each format stands and what may be done about it: nothing while it
// is not known what is wanted.
func (a *Agent) judge(p *pass) {
	if p.state.Bridge == nil || p.unknown() {
		return
	}
	for _, f := range validation.Formats() {
		want := p.wanted(f)
		row, exists := p.state.Export(f)
		var present *ovs.Row
		fingerprint := "none"
		if exists {
			present = &row
			fingerprint = string(row.UUID) + row.Record.Hash()
		}
		p.standings[f] = ovs.Classify(want, present, a.evidence(p, f))
		hash := ""
		if want != nil {
			hash = want.Hash()
		}
		p.rulings[f] = a.restraint.rule(f, p.standings[f], fingerprint, hash, p.now)
		p.sooner(p.rulings[f].until)
		if p.standings[f].Class == ovs.InSync {
			a.known[f] = "" // adopted, whoever wrote it
			if exists {
				a.known[f] = row.UUID
			}
		}
	}
}

// evidence is by what a row of a format is recognized. Cleanup removes what Sluice applied,
// and leaves what OVN-Kubernetes alone made.
func (a *Agent) evidence(p *pass, f validation.Format) ovs.Evidence {
	e := ovs.Evidence{Note: p.state.Bridge.Applied[f], Known: a.known[f], Cluster: p.desired.Cluster[f]}
	if p.mode == v1alpha1.ModeCleanup {
		e.Note = ovs.Note{Hash: e.Note.Hash, Off: e.Note.Off}
		e.Cluster = nil
	}
	return e
}

// wanted is what is wanted of a format, with the verification's target: in the mode Cleanup
// nothing.
func (p *pass) wanted(f validation.Format) *ovs.Record {
	record := p.desired.Records[f]
	switch {
	case record == nil, p.mode == v1alpha1.ModeCleanup:
		return nil
	case p.extra == "":
		return record
	}
	extended := *record
	extended.Targets = append(slices.Clone(record.Targets), p.extra)
	return &extended
}

// permitted is what to plan for: only what may be changed now.
func (a *Agent) permitted(p *pass) ovs.Desired {
	d := ovs.Desired{Drops: a.drops(p), LeaveDrops: p.unknown(), Forget: p.mode == v1alpha1.ModeCleanup}
	for _, f := range validation.Formats() {
		s := p.standings[f]
		want := p.wanted(f)
		switch {
		case s.Class == ovs.InSync:
			d.Export[f] = ovs.Want{Record: want}
		case !p.rulings[f].act, want == nil && !s.Removable():
			d.Export[f] = ovs.Want{Leave: true}
			// What Sluice has yet to remove it must not forget.
			d.Forget = d.Forget && s.Class == ovs.Foreign
		default:
			d.Export[f] = ovs.Want{Record: want}
		}
		if p.mode != v1alpha1.ModeCleanup && !p.rulings[f].waits() {
			// While another writer may have to finish, the note waits as well: it goes with
			// the repair, in one transaction.
			d.Export[f].Cluster = p.desired.Cluster[f]
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
func (a *Agent) applyNorthbound(ctx context.Context, p *pass, want *ovs.Drops, mayWrite bool) {
	if !a.config.HasNorthbound {
		p.drops.err = errNoNorthbound
		return
	}
	now, err := a.config.OVS.ReadNorthbound(ctx)
	if err != nil {
		p.drops.err = err
		return
	}
	arguments, err := ovs.NorthboundArguments(want, now)
	if err == nil && arguments != nil && mayWrite {
		err = a.config.OVS.WriteNorthbound(ctx, arguments)
	}
	p.drops.err = err
	p.drops.sampling = err == nil && want != nil && (arguments == nil || mayWrite)
}

var errNoNorthbound = errors.New("no OVN northbound database is known; set --ovn-nb-db to the node's own")
