package validation

import (
	"math"
	"strconv"
)

// The paths of a FlowExportProfile that decide whether and how much its nodes export.
const (
	profileSpec   = "spec"
	keyExport     = "export"
	keyPriority   = "priority"
	keySelector   = "nodeSelector"
	keyIPFIX      = "ipfix"
	keySFlow      = "sFlow"
	exportedField = profileSpec + "." + keyExport
)

// profileSetting is a setting of a profile that policies bound.
type profileSetting struct {
	setting Setting
	format  Format
}

func profileSettings() [4]profileSetting {
	return [...]profileSetting{{Sampling, IPFIX}, {CacheActiveTimeout, IPFIX}, {CacheMaxFlows, IPFIX}, {Sampling, SFlow}}
}

// block is the field of the spec that holds the settings of the format.
func (s profileSetting) block() string {
	if s.format == SFlow {
		return keySFlow
	}
	return keyIPFIX
}

func (s profileSetting) field() string {
	return profileSpec + "." + s.block() + "." + s.setting.String()
}

func (s profileSetting) in(o *Object) Value { return o.Profile.Get(s.block()).Get(s.setting.String()) }

// of is the value in a profile; false if the profile does not set it, so that it is the
// default.
func (s profileSetting) of(o *Object) (int64, bool) {
	if n, ok := wholeNumber(s.in(o)); ok {
		return n, true
	}
	return s.setting.Default(), false
}

// wholeNumber reads a whole number; false if v is something else. 1e3 and 1000.0 are whole
// numbers in JSON, and the API server stores them as 1000.
func wholeNumber(v Value) (int64, bool) {
	if v.Kind != Number {
		return 0, false
	}
	if n, err := strconv.ParseInt(v.Text, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(v.Text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > math.MaxUint32 {
		return 0, false
	}
	return int64(f), true
}

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

// stopOfProfile is what a change of a profile stops; nil if it stops nothing that was exported.
func stopOfProfile(in Input) *Stop {
	if in.Operation == Delete || !exportsNothing(&in.Object) {
		return nil
	}
	if in.Old != nil && exportsNothing(in.Old) && !movesNodes(in.Old, &in.Object) {
		return nil
	}
	v := in.Object.Profile.Get(keyExport)
	return &Stop{
		Field: exportedField, Text: v.Text, Position: v.Position,
		Why: "the selected nodes would export nothing", Remedy: "remove the field, or write true",
	}
}
