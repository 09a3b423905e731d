package validation

import "fmt"

// Setting is a parameter that decides how much of the traffic reaches the collectors.
type Setting uint8

// The settings, named as in a FlowExportPolicy.
const (
	// Sampling is n for a sample of 1 packet in n.
	Sampling Setting = iota
	// CacheActiveTimeout is for how many seconds packets of a flow are aggregated.
	CacheActiveTimeout
	// CacheMaxFlows is how many flows are aggregated at a time.
	CacheMaxFlows
)

// String is the field of a FlowExportPolicy, and the key of the ConfigMap.
func (s Setting) String() string {
	switch s {
	case Sampling:
		return keySampling
	case CacheActiveTimeout:
		return keyActiveTimeout
	case CacheMaxFlows:
		return keyMaxFlows
	}
	return fmt.Sprintf("Setting(%d)", uint8(s))
}

// Default is the value of a setting that is not set: for IPFIX that of OVN-Kubernetes
// (go-controller/pkg/config/config.go), for the sampling of sFlow that of Open vSwitch.
func (s Setting) Default() int64 {
	const sampling, activeTimeout = 400, 60
	switch s {
	case Sampling:
		return sampling
	case CacheActiveTimeout:
		return activeTimeout
	case CacheMaxFlows:
	}
	return 0
}

// Cause says why a setting has its value after a change.
type Cause uint8

// The causes.
const (
	SetValue     Cause = iota // the object says so
	DefaultValue              // the object does not set it, or what it sets is ignored
	LeftNodes                 // the profile no longer selects a node, or is deleted
)

// SettingChange is a setting that a change gives a value.
type SettingChange struct {
	Setting Setting
	// Format is IPFIX or SFlow.
	Format Format
	// Before is the value so far, and After the one that results.
	Before, After int64
	// New says that there was no value that can be compared: a profile is created, or selects
	// other nodes.
	New   bool
	Cause Cause
	// Field is the path of the setting, Text what the object says there, and Position its place
	// in the file.
	Field, Text string
	Position    Position
}

// Why says what results, as the beginning of a sentence.
func (s SettingChange) Why() string {
	switch {
	case s.Cause == SetValue:
		return fmt.Sprintf("the value would be %d", s.After)
	case s.Cause == LeftNodes:
		return fmt.Sprintf("nodes that the profile no longer selects would get the default, %d", s.After)
	case s.Text != "":
		return fmt.Sprintf("is ignored, so that the default applies, %d", s.After)
	}
	return fmt.Sprintf("is not set, so that the default applies, %d", s.After)
}

// Remedy says what to write instead, where nearest is the allowed value that is nearest to the
// one that would result.
func (s SettingChange) Remedy(nearest int64) string {
	if s.Cause == LeftNodes {
		return "keep the profile and its nodeSelector and priority"
	}
	return fmt.Sprintf("write %d", nearest)
}

// Stop is what stops the export to collectors that stay in the lists.
type Stop struct {
	Field, Text string
	Position    Position
	// Why says what no longer happens, and Remedy what to write instead.
	Why, Remedy string
}
