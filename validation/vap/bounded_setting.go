package vap

import "sluice/validation"

// boundedSetting is a setting of a resource that policies bound. Two variables have its value
// after and before the change.
type boundedSetting struct {
	validation.Setting
	// block is the field of a profile's spec that holds it, or data for the ConfigMap.
	block string
}

// name is the variable with the value after the change.
func (s boundedSetting) name() string { return s.block + "_" + s.String() }

func (s boundedSetting) field() string {
	if s.block == dataBlock {
		return dataBlock + "." + s.String()
	}
	return "spec." + s.block + "." + s.String()
}

// dataBlock holds the settings of the ConfigMap.
const dataBlock = "data"
