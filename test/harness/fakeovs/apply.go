package fakeovs

import (
	"maps"
	"slices"

	"sluice/applier/ovs"
)

// Apply returns the state after a plan: the content of the database after the transaction is committed
// and ovs-vswitchd has applied it. Row names come from newUUID. It is used to check plans and to
// simulate nodes.
func Apply(s ovs.State, p ovs.Plan, newUUID func() ovs.UUID) ovs.State {
	if p.Empty() || s.Bridge == nil || !expects(p, s) {
		return s
	}
	elsewhere, before := s.Elsewhere(), s.References()
	next := s
	next.Rows = maps.Clone(s.Rows)
	next.CollectorSets = slices.Clone(s.CollectorSets)
	bridge := *s.Bridge
	next.Bridge = &bridge
	for _, step := range p.Steps {
		execute(&next, step, newUUID)
	}
	if p.WriteLastApplied {
		bridge.LastApplied, bridge.HasLastApplied = p.LastApplied, p.LastApplied != ovs.LastApplied{}
	}
	after := next.References()
	for id := range before {
		if after[id]+elsewhere[id] == 0 {
			delete(next.Rows, id) // as the server does
		}
	}
	next.Share(elsewhere)
	next.NextConfig++
	next.CurrentConfig = next.NextConfig
	return next
}

// expects reports whether a state is still the one that the plan is for.
func expects(p ovs.Plan, s ovs.State) bool {
	return s.Bridge.Export == p.Expect && !slices.ContainsFunc(p.Steps, func(step ovs.Step) bool { return !unchanged(step, s) })
}

// unchanged reports whether the rows that a step depends on are unchanged.
func unchanged(s ovs.Step, now ovs.State) bool {
	if s.Set != "" && !slices.ContainsFunc(now.CollectorSets, func(c ovs.CollectorSet) bool { return c.UUID == s.Set && c.IPFIX == s.Row }) {
		return false
	}
	if s.Row == "" {
		return true
	}
	record := now.Rows[s.Row].Exporter
	return maps.Equal(record.Settings, s.Before.Settings) &&
		slices.Equal(slices.Sorted(slices.Values(record.Targets)), slices.Sorted(slices.Values(s.Before.Targets)))
}

// execute executes one step.
func execute(s *ovs.State, step ovs.Step, newUUID func() ovs.UUID) {
	insert := func() ovs.UUID {
		id := newUUID()
		s.Rows[id] = ovs.Row{UUID: id, Exporter: written(step)}
		return id
	}
	switch {
	case step.Action == ovs.Change:
		row := s.Rows[step.Row]
		row.Exporter = written(step)
		s.Rows[step.Row] = row
	case step.Drops == nil && step.Action == ovs.Clear:
		s.Bridge.Export[step.Format] = ""
	case step.Drops == nil:
		s.Bridge.Export[step.Format] = insert()
	case step.Action == ovs.Clear:
		s.CollectorSets = slices.DeleteFunc(s.CollectorSets, func(set ovs.CollectorSet) bool { return set.UUID == step.Set })
	default:
		s.CollectorSets = append(s.CollectorSets, ovs.CollectorSet{
			UUID: newUUID(), ID: step.Drops.CollectorSet, Bridge: s.Bridge.UUID, IPFIX: insert(), Ours: true,
		})
	}
}

// written is the row after the step.
func written(s ovs.Step) ovs.Exporter {
	record := ovs.Exporter{Format: s.Format, Targets: s.After.CanonicalTargets(), Settings: ovs.Settings{}}
	if s.Action == ovs.Change {
		maps.Copy(record.Settings, s.Before.Settings)
		if !s.Retargets() {
			record.Targets = s.Before.Targets
		}
	} else {
		for _, c := range ovs.ColumnsOf(s.Format) {
			if c.Required && !c.Boolean {
				record.Settings[c.Name] = "0" // what the server puts in a column that can't be empty
			}
		}
	}
	for _, w := range s.Settings() {
		if w.Clears() || w.Column.Boolean && w.To == w.Column.Default { // as it is read
			delete(record.Settings, w.Column.Name)
			continue
		}
		record.Settings[w.Column.Name] = w.To
	}
	return record
}
