package desired

import (
	"sluice/api/v1alpha1"
	"sluice/validation"
	"sluice/validation/profile"
)

// selectProfile is the profile that applies to a node with these labels; nil for none.
func selectProfile(profiles []v1alpha1.FlowExportProfile, nodeLabels map[string]string) *v1alpha1.FlowExportProfile {
	return profile.Select(profiles, nodeLabels)
}

// samplingChosen says for each format whether a profile sets its sampling rate, or allows any.
func samplingChosen(s v1alpha1.FlowExportProfileSpec) [3]bool {
	return [3]bool{
		validation.SFlow: s.AllowUnsampled || s.SFlow != nil && s.SFlow.Sampling != nil,
		validation.IPFIX: s.AllowUnsampled || s.IPFIX != nil && s.IPFIX.Sampling != nil,
	}
}
