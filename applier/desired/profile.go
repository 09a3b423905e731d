package desired

import (
	"sluice/api/v1alpha1"
	"sluice/validation/profile"
)

// selectProfile is the profile that applies to a node with these labels; nil for none.
func selectProfile(profiles []v1alpha1.FlowExportProfile, nodeLabels map[string]string) *v1alpha1.FlowExportProfile {
	return profile.Select(profiles, nodeLabels)
}
