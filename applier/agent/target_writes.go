package agent

import (
	"slices"
	"time"

	"sluice/applier/ovs"
	"sluice/validation"
)

// The writes that add the target for FlowExports to the row: a burst, and then one in so long. Each makes
// ovs-vswitchd open the sockets to the cluster's collectors again.
const (
	targetBurst  = 6
	targetRefill = 2 * time.Minute
)

// restrain leaves out the target for FlowExports if it is not in the row, and was added too often.
func (a *Agent) restrain(r *reconciliation) {
	row, exists := r.state.Export(ipfix)
	if r.own.tenants == "" || exists && slices.Contains(row.Exporter.CanonicalTargets(), r.own.tenants) {
		return
	}
	if wait := a.targetBudget.wait("", r.now); wait > 0 {
		r.own.tenants = ""
		r.sooner(r.now.Add(wait))
	}
}

// pay takes in what a plan costs. What only moves the target for FlowExports has a budget of its own, so that
// tenants can't delay a change of the cluster's lists.
func (a *Agent) pay(r *reconciliation, plan ovs.Plan) {
	adds := r.own.tenants != "" && slices.ContainsFunc(plan.Steps, func(s ovs.Step) bool {
		return s.Format == ipfix && s.Drops == nil && s.After != nil && slices.Contains(s.After.CanonicalTargets(), r.own.tenants) &&
			(s.Before == nil || !slices.Contains(s.Before.CanonicalTargets(), r.own.tenants))
	})
	if adds {
		a.targetBudget.spend("")
	}
	if len(plan.Steps) == 0 || !slices.ContainsFunc(plan.Steps, func(s ovs.Step) bool { return !a.tenants.moves(s) }) {
		return
	}
	a.budget.spend(r.target())
}

// moves reports whether a step does nothing but add or remove the target for FlowExports.
func (t *tenants) moves(s ovs.Step) bool {
	if s.Format != ipfix || s.Drops != nil || s.Action == ovs.Replace {
		return false
	}
	own := t.address()
	rest := func(e *ovs.Exporter) []string {
		if e == nil {
			return nil
		}
		return slices.DeleteFunc(slices.Clone(e.CanonicalTargets()), func(target string) bool { return target == own })
	}
	before, after := rest(s.Before), rest(s.After)
	if s.Before == nil || s.After == nil {
		return len(before) == 0 && len(after) == 0
	}
	return slices.Equal(before, after) && len(s.Settings()) == 0
}

// urgent is the part of a plan that does not wait, although the agent wrote too often: what only ends something. The
// privacy of what was exported depends on it, and nothing can be ended more often than it begins.
func (a *Agent) urgent(r *reconciliation, plan ovs.Plan) ovs.Plan {
	if len(plan.Steps) > 0 && !slices.ContainsFunc(plan.Steps, func(s ovs.Step) bool { return !ends(s) && !a.tenants.moves(s) }) {
		return plan
	}
	row, exists := r.state.Export(ipfix)
	own := a.tenants.address()
	if !exists || own == "" || own == r.own.tenants || !slices.Contains(row.Exporter.CanonicalTargets(), own) {
		return ovs.Plan{}
	}
	d := a.permitted(r)
	d.LeaveDrops, d.RemoveLastApplied = true, false
	for _, f := range validation.Formats() {
		d.Export[f].Leave = true
	}
	rest := row.Exporter
	rest.Targets = slices.DeleteFunc(slices.Clone(rest.CanonicalTargets()), func(target string) bool { return target == own })
	d.Export[ipfix].Leave, d.Export[ipfix].Exporter = false, &rest
	if len(rest.Targets) == 0 {
		d.Export[ipfix].Exporter = nil
	}
	withdrawal, err := ovs.NewPlan(d, r.state)
	if err != nil {
		return ovs.Plan{} // the plan of everything says why
	}
	return withdrawal
}

// ends reports whether a step only ends what was exported: to some targets, or all of it.
func ends(s ovs.Step) bool {
	switch {
	case s.Drops != nil:
		return s.After == nil
	case s.After == nil:
		return true
	case s.Before == nil || s.Action != ovs.Change || len(s.Settings()) > 0:
		return false
	}
	before := s.Before.CanonicalTargets()
	return !slices.ContainsFunc(s.After.CanonicalTargets(), func(target string) bool { return !slices.Contains(before, target) })
}
