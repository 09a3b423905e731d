package validation

// flowsConfigSettings lists the settings that a change of the ConfigMap changes. What the
// Cluster Network Operator ignores leaves the default in force, as does a missing ConfigMap.
func flowsConfigSettings(in Input) []SettingChange {
	var before, after Parameters
	if in.Old != nil {
		before = parametersOf(in.Old)
	}
	if in.Operation != Delete {
		after = parametersOf(&in.Object)
	}
	var changed []SettingChange
	for _, s := range [...]struct {
		setting       Setting
		before, after uint32
	}{
		{Sampling, before.Sampling, after.Sampling},
		{CacheActiveTimeout, before.CacheActiveTimeout, after.CacheActiveTimeout},
		{CacheMaxFlows, before.CacheMaxFlows, after.CacheMaxFlows},
	} {
		v := in.Object.Data.Get(s.setting.String())
		c := SettingChange{
			Setting: s.setting, Format: IPFIX, Before: s.setting.orDefault(s.before), After: s.setting.orDefault(s.after),
			Field: "data." + s.setting.String(), Text: v.Text, Position: v.Position,
		}
		if s.after == 0 {
			c.Cause = DefaultValue
		}
		if c.Before != c.After {
			changed = append(changed, c)
		}
	}
	return changed
}

// orDefault is the value of a parameter; 0 is one that is not set.
func (s Setting) orDefault(n uint32) int64 {
	if n == 0 {
		return s.Default()
	}
	return int64(n)
}
