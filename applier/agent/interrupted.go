package agent

import (
	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// interrupted plans what finishes a restart of an exporter, or new sockets, that an agent began and could not finish, on a
// node that must not be changed since, for example because it was paused: IPFIX may be without targets. Only what was
// applied last is restored, and only as long as it is what is desired.
func (a *Agent) interrupted(r *reconciliation) (ovs.Plan, error) {
	d := ovs.Desired{LeaveDrops: true}
	begun := false
	for _, f := range validation.Formats() {
		last, want := r.state.Bridge.LastApplied[f], r.lasting(f)
		row, exists := r.state.Export(f)
		d.Export[f].Leave = true
		if exists && want != nil && last.Interim != "" && last.Interim == row.Exporter.Hash() && last.Hash == want.Hash() {
			d.Export[f] = ovs.Want{Exporter: want}
			begun = true
		}
	}
	if !begun {
		return ovs.Plan{}, nil
	}
	return ovs.NewPlan(d, r.state)
}

// mayFinish reports whether the agent may finish what was begun, although it may not apply anything.
func (a *Agent) mayFinish(r *reconciliation) bool {
	return a.config.Mode == v1alpha1.ModeEnforce && r.lock == nil && !r.unknown()
}
