package validation

// changesOfProfile lists the settings that a change of a profile gives a value. The nodes that
// the profile begins to select get its values, no matter what they had before; the nodes that
// it no longer selects, among them those of a deleted profile, get the defaults as far as this
// review can tell.
func changesOfProfile(in Input) []SettingChange {
	moved := in.Operation == Delete || in.Old != nil && movesNodes(in.Old, &in.Object)
	var list []SettingChange
	for _, s := range profileSettings() {
		c := SettingChange{Setting: s.setting, Format: s.format, Field: s.field(), New: in.Old == nil || moved}
		if in.Old != nil {
			c.Before, _ = s.of(in.Old)
		}
		if moved {
			left := c
			left.After, left.New, left.Cause = s.setting.Default(), false, LeftNodes
			if left.Before != left.After {
				list = append(list, left)
			}
		}
		if in.Operation == Delete {
			continue
		}
		v := s.in(&in.Object)
		set := false
		if c.After, set = s.of(&in.Object); !set {
			c.Cause = DefaultValue
		}
		c.Text, c.Position = v.Text, v.Position
		if c.New || c.Before != c.After {
			list = append(list, c)
		}
	}
	return list
}

// movesNodes reports whether a change of a profile can change which nodes it applies to.
func movesNodes(old, now *Object) bool {
	priority := func(o *Object) int64 {
		n, _ := wholeNumber(o.Profile.Get(keyPriority))
		return n
	}
	return priority(old) != priority(now) || !selector(old).Equal(selector(now))
}

// selector is the nodeSelector; a missing one selects all nodes, as an empty one does.
func selector(o *Object) Value {
	v := o.Profile.Get(keySelector)
	if v.Kind == Absent || v.Kind == Null {
		return Value{Kind: Map}
	}
	return v
}

// exportsNothing reports whether a profile switches export off.
func exportsNothing(o *Object) bool {
	v := o.Profile.Get(keyExport)
	return v.Kind == Bool && v.Text == "false"
}

// appliesNothing reports whether the agents on a profile's nodes only observe: what is in the lists does
// not reach a node that does not export it already.
func appliesNothing(o *Object) bool {
	v := o.Profile.Get(keyMode)
	return v.Kind == String && v.Text == modeObserve
}

// stopOfProfile is what a change of a profile stops; nil if it stops nothing that was exported.
func stopOfProfile(in Input) *Stop {
	if in.Operation == Delete {
		return nil
	}
	begins := func(is func(*Object) bool) bool {
		return is(&in.Object) && (in.Old == nil || !is(in.Old) || movesNodes(in.Old, &in.Object))
	}
	switch {
	case begins(exportsNothing):
		v := in.Object.Profile.Get(keyExport)
		return &Stop{
			Field: exportedField, Text: v.Text, Position: v.Position,
			Why: "the selected nodes would export nothing", Remedy: "remove the field, or write true",
		}
	case begins(appliesNothing):
		v := in.Object.Profile.Get(keyMode)
		return &Stop{
			Field: modeField, Text: v.Text, Position: v.Position,
			Why: "the selected nodes would not apply the lists", Remedy: "remove the field, or write Enforce",
		}
	}
	return nil
}
