package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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
	// own are the agent's own targets.
	own targets
	// unsupported are the desired columns that this version of Open vSwitch doesn't have.
	unsupported []ovs.ColumnName
	// state is Open vSwitch's state at the end; err says why it is unknown.
	state ovs.State
	err   error
	// pending is how many changes of the database ovs-vswitchd has to apply until the last one
	// that concerns the exporters is applied.
	pending int64
	// vswitchd says why ovs-vswitchd does not answer; nil if it does.
	vswitchd *ovs.DaemonError
	// written says that a transaction was sent, writeErr why it failed.
	written  bool
	writeErr error
	// lock says why the agent does not have the lock without which it writes nothing.
	lock *ovs.LockError
	// limited says that a write has to wait, because the agent wrote too often.
	limited bool
	// unfinished says that something still has to be written.
	unfinished bool

	drifts    [3]ovs.Drift
	decisions [3]decision
	drops     dropsResult
	// again is when to reconcile again; zero if the next Resync is early enough.
	again time.Time
}

// rows are the exporters that Open vSwitch has.
func (r *reconciliation) rows() [3]*ovs.Exporter {
	var rows [3]*ovs.Exporter
	for _, f := range validation.Formats() {
		if row, ok := r.state.Export(f); ok {
			rows[f] = &row.Exporter
		}
	}
	return rows
}

// sooner moves the next reconciliation forward.
func (r *reconciliation) sooner(at time.Time) {
	if !at.IsZero() && (r.again.IsZero() || at.Before(r.again)) {
		r.again = at
	}
}

// apply brings Open vSwitch to what is desired, as far as the mode, the ownership of rows and the
// hold-down of other writers allow, and reads back what became of it.
func (a *Agent) apply(ctx context.Context, mode v1alpha1.Mode, want desired.State, own targets) *reconciliation {
	r := &reconciliation{now: a.config.Now(), mode: mode, desired: want, own: own, lock: a.lock}
	a.memory.note(want)
	var remembered bool
	if r.state, remembered, r.err = a.read(ctx); r.err != nil {
		return r
	}
	r.pending = a.progress.pending(r.state, remembered)
	r.desired, r.unsupported = want.Supported(r.state)
	a.restrain(r)
	a.assess(r)
	if r.state.Bridge == nil {
		return r
	}
	wait := a.budget.wait(r.target(), r.now)
	mayWrite := r.mayWrite() && wait == 0
	drops := a.drops(r)
	// The collector set is removed first, whatever becomes of OVN's database: then no record leaves the node.
	exported := a.northbound.left || len(ownSets(r.state)) > 0
	stop := drops == nil && mayWrite && (exported || !a.northbound.clean)
	plan, err := a.plan(r)
	if err != nil {
		r.err = err
		return r
	}
	switch {
	case r.mayWrite() && wait > 0:
		plan = a.urgent(r, plan)
	case r.mayWrite():
	case a.mayFinish(r):
		plan, r.err = a.interrupted(r)
	default:
		plan = ovs.Plan{}
	}
	if !plan.Empty() && r.err == nil {
		a.write(ctx, r, plan)
	}
	if remembered && r.writeErr != nil && r.err == nil {
		// The plan was made from an outdated state. The state was read again since.
		if plan, r.err = a.plan(r); r.err == nil && !plan.Empty() && mayWrite {
			a.write(ctx, r, plan)
		}
	}
	switch {
	case drops != nil:
		a.northbound = northbound{}
		if r.drops.err == nil && r.err == nil && r.writeErr == nil {
			a.applyNorthbound(ctx, r, drops, mayWrite)
		}
	case stop:
		a.clearNorthbound(ctx, r, exported)
	}
	if r.err == nil {
		rest, err := a.plan(r)
		r.unfinished = err != nil || len(rest.Steps) > 0 // the last applied configuration alone exports nothing
		a.limit(r, wait, !rest.Empty() || r.drops.pending)
	}
	a.sendTemplates(ctx, r)
	return r
}

// mayWrite reports whether the agent may write at all.
func (r *reconciliation) mayWrite() bool {
	if r.lock != nil || r.mode == v1alpha1.ModeObserve {
		return false
	}
	// In mode Cleanup, what Sluice made is removed, no matter what is desired, and whether the cluster wants Sluice to act.
	return r.desired.HandsOff == "" || r.mode == v1alpha1.ModeCleanup
}

// target identifies what is to be written, no matter whether there is a target for FlowExports.
func (r *reconciliation) target() string {
	parts := []string{string(r.mode)}
	without := *r
	without.own.tenants = ""
	for _, f := range validation.Formats() {
		hash := ""
		if want := without.wanted(f); want != nil {
			hash = want.Hash()
		}
		parts = append(parts, hash)
	}
	if d := r.desired.Drops; d != nil && r.mode != v1alpha1.ModeCleanup {
		parts = append(parts, fmt.Sprint(d.CollectorSet, d.Domain, d.Exporter.Hash()))
	}
	return strings.Join(parts, " ")
}

// limit takes in that something that is left to write has to wait.
func (a *Agent) limit(r *reconciliation, wait time.Duration, left bool) {
	r.limited = left && wait > 0 && r.mayWrite()
	if !r.limited {
		return
	}
	r.sooner(r.now.Add(wait))
	a.metrics.delays.Inc()
	if a.last == nil || !a.last.limited {
		a.log.Info("the agent wrote to Open vSwitch too often, and waits; is another program or another agent changing it?", "wait", wait.Round(time.Second).String())
	}
}

// read reads the state of Open vSwitch. If the watch has not told of a change, the last state
// is used again, so that a change of the desired state need not wait for a read: a plan
// contains the state that it was made from, and fails if the database differs. The watch
// tells of the agent's own writes, too.
func (a *Agent) read(ctx context.Context) (state ovs.State, remembered bool, err error) {
	for pending := true; pending; {
		select {
		case <-a.config.Changes:
			a.current = false
		default:
			pending = false
		}
	}
	if a.current && a.last != nil && a.last.err == nil && a.last.pending == 0 {
		return a.last.state, true, nil
	}
	// Changes from here on are told by the watch.
	a.current = a.config.Changes != nil
	state, err = a.config.OVS.Read(ctx)
	return state, false, err
}

// plan plans what may be done now. A problem with the export of drops affects nothing else, and does
// not keep the agent from ending it.
func (a *Agent) plan(r *reconciliation) (ovs.Plan, error) {
	desired := a.permitted(r)
	desired.LeaveDrops = desired.LeaveDrops || r.drops.err != nil && desired.Drops != nil
	plan, err := ovs.NewPlan(desired, r.state)
	if taken, ok := errors.AsType[*ovs.TakenError](err); ok {
		r.drops.err = taken
		desired.LeaveDrops = true
		return ovs.NewPlan(desired, r.state)
	}
	return plan, err
}

// write executes a plan and reads the state again, no matter what the tool reported: a
// transaction without an answer in time may have been committed.
func (a *Agent) write(ctx context.Context, r *reconciliation, plan ovs.Plan) {
	before, described := r.drifts, r.changedBy()
	start := time.Now()
	r.written = true
	r.writeErr = a.config.OVS.Write(ctx, plan)
	a.pay(r, plan)
	a.metrics.wrote(time.Since(start), r.writeErr)
	if r.writeErr == nil {
		a.owed.note(plan, r.state)
	}
	state, err := a.config.OVS.Read(ctx)
	if err != nil {
		r.err = err
		return
	}
	r.state = state
	a.progress.wrote(state, r.writeErr == nil && !plan.ForOperations())
	r.pending = a.progress.pending(state, false)
	r.now = a.config.Now()
	allowed := r.decisions
	var weights [3]int
	for _, f := range validation.Formats() {
		weights[f] = a.holdDown.weight(f)
	}
	a.assess(r)
	var repaired []string
	for _, f := range validation.Formats() {
		// A failed write is no repair: the cause is here, not another writer.
		took := r.writeErr == nil || r.drifts[f].Class == ovs.InSync
		if repairs(before[f], allowed[f]) && took {
			a.holdDown.repaired(f, weights[f], r.now)
			a.metrics.repaired(f)
			repaired = append(repaired, described[f])
		}
	}
	a.assess(r) // what another writer undid at once is a new difference
	a.traceRepairs(repaired)
	if r.writeErr == nil {
		a.log.Info("applied", "generation", r.desired.Generation, "cause", a.cause(r, len(repaired) > 0), "plan", lines(bounded(plan.String())))
		return
	}
	if next, err := a.plan(r); err == nil && next.Empty() && !r.heldBack() {
		// It was committed all the same; ovs-vswitchd may be slow or stopped.
		a.log.Info("applied, although ovs-vsctl reported an error", "generation", r.desired.Generation, "reason", r.writeErr.Error())
		r.writeErr = nil
		a.owed.note(plan, r.state)
	}
}

// repairs reports whether what may be done about a drift undoes another writer's change.
func repairs(drift ovs.Drift, d decision) bool {
	return d.act && drift.Class != ovs.InSync && !drift.Pending
}

// heldBack reports whether a difference is not repaired only because another writer may not
// be done.
func (r *reconciliation) heldBack() bool {
	for _, f := range validation.Formats() {
		if r.drifts[f].Class != ovs.InSync && !r.decisions[f].act {
			return true
		}
	}
	return false
}

// unknown reports whether the desired state is unknown and needed.
func (r *reconciliation) unknown() bool {
	return r.desired.Unknown != "" && r.mode != v1alpha1.ModeCleanup
}

// assess determines the drift of each format and what may be done about it: nothing while the
// desired state is unknown.
func (a *Agent) assess(r *reconciliation) {
	if r.state.Bridge == nil || r.unknown() {
		return
	}
	a.memory.take(r.state.Bridge.LastApplied)
	for _, f := range validation.Formats() {
		want := r.wanted(f)
		row, exists := r.state.Export(f)
		var present *ovs.Row
		var seen sight
		if exists {
			present = &row
			seen = sight{row: row.UUID, content: row.Exporter.Hash()}
		}
		// What matters is what the cluster wants: a row without the agent's own targets is not drifted,
		// and they make no other exporter of it.
		lasting := r.lasting(f)
		if exists && lasting != nil && row.Exporter.Equal(*lasting) {
			want = lasting
		}
		r.drifts[f] = ovs.Classify(want, present, a.evidence(r, f))
		hash := r.wish(f)
		a.holdDown.begin(f, r.state.Bridge.LastApplied[f].Repairs, hash)
		r.decisions[f] = a.holdDown.decide(f, r.drifts[f], seen, hash, r.now)
		r.sooner(r.decisions[f].until)
		if r.drifts[f].Class == ovs.InSync {
			a.known[f] = "" // adopted, no matter who wrote it
			if exists {
				a.known[f] = row.UUID
			}
		}
	}
}

// evidence is by what a row of a format is recognized. Cleanup removes what Sluice applied,
// and leaves what only OVN-Kubernetes made.
func (a *Agent) evidence(r *reconciliation, f validation.Format) ovs.Evidence {
	last := r.state.Bridge.LastApplied[f]
	if r.mode == v1alpha1.ModeCleanup {
		return ovs.Evidence{LastApplied: ovs.AppliedFormat{Hash: last.Hash, Off: last.Off, Interim: last.Interim}, Known: a.known[f]}
	}
	return ovs.Evidence{LastApplied: last, Known: a.known[f], Cluster: r.desired.Cluster[f], Earlier: a.memory[f], Shape: r.desired.Shapes[f]}
}

// lasting is what the cluster wants of a format, without the agent's own targets; nil in mode Cleanup.
func (r *reconciliation) lasting(f validation.Format) *ovs.Exporter {
	if r.mode == v1alpha1.ModeCleanup {
		return nil
	}
	return r.desired.Exporters[f]
}

// onlyTenants reports whether a format is exported for FlowExports alone.
func (r *reconciliation) onlyTenants(f validation.Format) bool {
	return f == validation.IPFIX && r.mode != v1alpha1.ModeCleanup && r.desired.Exporters[f] == nil && r.desired.Tenants != nil && r.own.tenants != ""
}

// wanted is the desired exporter of a format, with the agent's own targets; nil in mode Cleanup.
func (r *reconciliation) wanted(f validation.Format) *ovs.Exporter {
	wanted := r.lasting(f)
	if r.onlyTenants(f) {
		exporter := *r.desired.Tenants
		exporter.Targets = []string{r.own.tenants}
		return &exporter
	}
	own := r.own.of(f)
	if wanted == nil || len(own) == 0 {
		return wanted
	}
	extended := *wanted
	extended.Targets = slices.Concat(wanted.Targets, own)
	return &extended
}

// wish identifies what is desired of a format, no matter where the agent's own targets are; empty for
// nothing.
func (r *reconciliation) wish(f validation.Format) string {
	if lasting := r.lasting(f); lasting != nil {
		return lasting.Hash()
	}
	if r.onlyTenants(f) {
		return r.desired.Tenants.Hash()
	}
	return ""
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
		case !r.decisions[f].act, want == nil && !s.Removable(), s.Class == ovs.Foreign && r.onlyTenants(f):
			// A row that another program made for itself is not replaced for FlowExports.
			d.Export[f] = ovs.Want{Leave: true}
			// The last applied configuration is needed until everything is removed.
			d.RemoveLastApplied = d.RemoveLastApplied && s.Class == ovs.Foreign
		default:
			d.Export[f] = ovs.Want{Exporter: want}
			if repairs(s, r.decisions[f]) {
				d.Export[f].Repairs = a.holdDown.stored(f, r.now)
			}
		}
		if r.mode != v1alpha1.ModeCleanup {
			// Also while another writer may not be done: it may be an ovnkube-node that gets its next
			// list meanwhile.
			d.Export[f].Cluster, d.Export[f].Earlier = r.desired.Cluster[f], a.memory[f]
		}
	}
	return d
}
