package desired

import (
	"maps"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// shapes are the columns that OVN-Kubernetes sets in a format's row: without the ConfigMap's
// parameters and, if they differ, with them. Of an earlier list, nothing else may be known.
func shapes(f validation.Format, config validation.Parameters, node Node) []ovs.Settings {
	plain := settings(f, validation.Parameters{}, v1alpha1.FlowExportProfileSpec{}, node)
	tuned := settings(f, config, v1alpha1.FlowExportProfileSpec{}, node)
	if maps.Equal(plain, tuned) {
		return []ovs.Settings{plain}
	}
	return []ovs.Settings{plain, tuned}
}
