package ovs

import (
	"maps"
	"slices"

	"sluice/validation"
)

// Apply is the state that a plan leads to: what the database holds once the transaction is
// committed and ovs-vswitchd dealt with it. Row names come from newUUID. It serves to check
// plans, and to simulate nodes.
func Apply(s State, p Plan, newUUID func() UUID) State {
	if p.Empty() || s.Bridge == nil || !p.expects(s) {
		return s
	}
	elsewhere, before := s.others(), s.references()
	next := s
	next.Rows = maps.Clone(s.Rows)
	next.CollectorSets = slices.Clone(s.CollectorSets)
	bridge := *s.Bridge
	next.Bridge = &bridge
	for _, step := range p.Steps {
		next.execute(step, newUUID)
	}
	if p.Remember {
		bridge.Applied, bridge.Noted = p.Note, p.Note != Applied{}
	}
	after := next.references()
	for id := range before {
		if after[id]+elsewhere[id] == 0 {
			delete(next.Rows, id) // as the server does
		}
	}
	next.share(elsewhere)
	next.NextConfig++
	next.CurrentConfig = next.NextConfig
	return next
}

// expects reports whether a state is still the one that the plan was made for.
func (p Plan) expects(s State) bool {
	return s.Bridge.Export == p.Expect && !slices.ContainsFunc(p.Steps, func(step Step) bool { return !step.expects(s) })
}

func (s Step) expects(now State) bool {
	if s.Set != "" && !slices.ContainsFunc(now.CollectorSets, func(c CollectorSet) bool { return c.UUID == s.Set && c.IPFIX == s.Row }) {
		return false
	}
	if s.Row == "" {
		return true
	}
	record := now.Rows[s.Row].Record
	return maps.Equal(record.Settings, s.Before.Settings) &&
		slices.Equal(slices.Sorted(slices.Values(record.Targets)), slices.Sorted(slices.Values(s.Before.Targets)))
}

func (s *State) execute(step Step, newUUID func() UUID) {
	insert := func() UUID {
		id := newUUID()
		s.Rows[id] = Row{UUID: id, Record: step.written()}
		return id
	}
	switch {
	case step.Action == Change:
		row := s.Rows[step.Row]
		row.Record = step.written()
		s.Rows[step.Row] = row
	case step.Drops == nil && step.Action == Clear:
		s.Bridge.Export[step.Format] = ""
	case step.Drops == nil:
		s.Bridge.Export[step.Format] = insert()
	case step.Action == Clear:
		s.CollectorSets = slices.DeleteFunc(s.CollectorSets, func(set CollectorSet) bool { return set.UUID == step.Set })
	default:
		s.CollectorSets = append(s.CollectorSets, CollectorSet{
			UUID: newUUID(), ID: step.Drops.CollectorSet, Bridge: s.Bridge.UUID, IPFIX: insert(), Ours: true,
		})
	}
}

// written is what the step leaves in its row.
func (s Step) written() Record {
	record := Record{Format: s.Format, Targets: s.After.CanonicalTargets(), Settings: Settings{}}
	if s.Action == Change {
		maps.Copy(record.Settings, s.Before.Settings)
		if !s.retargets() {
			record.Targets = s.Before.Targets
		}
	} else if s.Format == validation.NetFlow {
		record.Settings[ActiveTimeout] = "0" // what the server puts in a column that can't be empty
	}
	for _, w := range s.Settings() {
		if w.unsets() {
			delete(record.Settings, w.Column)
			continue
		}
		record.Settings[w.Column] = w.To
	}
	return record
}

// references counts how often the bridge and all collector sets refer to each row.
func (s State) references() map[UUID]int {
	count := map[UUID]int{}
	if s.Bridge != nil {
		for _, id := range s.Bridge.Export {
			count[id]++
		}
	}
	for _, set := range s.CollectorSets {
		count[set.IPFIX]++
	}
	return count
}

// others counts how many other bridges refer to each row. A state that was not read from a
// database says so only by Shared.
func (s State) others() map[UUID]int {
	count := maps.Clone(s.elsewhere)
	if count == nil {
		count = map[UUID]int{}
		here := s.references()
		for id, row := range s.Rows {
			if row.Shared && here[id] <= 1 {
				count[id] = 2 - here[id]
			}
		}
	}
	return count
}

// share notes which rows have several users.
func (s *State) share(elsewhere map[UUID]int) {
	here := s.references()
	for id, row := range s.Rows {
		row.Shared = here[id]+elsewhere[id] > 1
		s.Rows[id] = row
	}
}
