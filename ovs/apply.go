package ovs

import "maps"

// Apply is the state that a plan leads to: what the database holds once the transaction is
// committed and ovs-vswitchd dealt with it. Row names come from newUUID. It serves to check
// plans, and to simulate nodes.
func Apply(s State, p Plan, newUUID func() UUID) State {
	if p.Empty() || s.Bridge == nil || s.Bridge.Export != p.Expect {
		return s
	}
	next := s
	next.Rows = maps.Clone(s.Rows)
	next.CollectorSets = append([]CollectorSet(nil), s.CollectorSets...)
	bridge := *s.Bridge
	next.Bridge = &bridge
	for _, step := range p.Steps {
		next.execute(step, newUUID)
	}
	if p.Remember {
		bridge.Applied, bridge.Noted = p.Note, p.Note != Applied{}
	}
	next.collect()
	next.NextConfig++
	next.CurrentConfig = next.NextConfig
	return next
}

func (s *State) execute(step Step, newUUID func() UUID) {
	insert := func() UUID {
		id := newUUID()
		s.Rows[id] = Row{UUID: id, Record: *step.After}
		return id
	}
	switch {
	case step.Action == Change:
		row := s.Rows[step.Row]
		row.Record = *step.After
		s.Rows[step.Row] = row
	case step.Drops == nil && step.Action == Clear:
		s.Bridge.Export[step.Format] = ""
	case step.Drops == nil:
		s.Bridge.Export[step.Format] = insert()
	case step.Action == Clear:
		var kept []CollectorSet
		for _, set := range s.CollectorSets {
			if set.UUID != step.Set {
				kept = append(kept, set)
			}
		}
		s.CollectorSets = kept
	default:
		s.CollectorSets = append(s.CollectorSets, CollectorSet{
			UUID: newUUID(), ID: step.Drops.CollectorSet, Bridge: s.Bridge.UUID, IPFIX: insert(), Ours: true,
		})
	}
}

// collect removes the rows that nothing refers to any more, as the server does. Rows that
// other bridges share are kept.
func (s *State) collect() {
	used := map[UUID]bool{}
	for _, id := range s.Bridge.Export {
		used[id] = true
	}
	for _, set := range s.CollectorSets {
		used[set.IPFIX] = true
	}
	for id, row := range s.Rows {
		if !used[id] && !row.Shared {
			delete(s.Rows, id)
		}
	}
}
