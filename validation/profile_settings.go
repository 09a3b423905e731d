package validation

import (
	"math"
	"strconv"
)

// The paths of a FlowExportProfile that decide whether and how much its nodes export.
const (
	profileSpec   = "spec"
	keyExport     = "export"
	keyMode       = "mode"
	modeObserve   = "Observe" // v1alpha1.ProfileModeObserve
	keyPriority   = "priority"
	keySelector   = "nodeSelector"
	keyIPFIX      = "ipfix"
	keySFlow      = "sFlow"
	exportedField = profileSpec + "." + keyExport
	modeField     = profileSpec + "." + keyMode
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
