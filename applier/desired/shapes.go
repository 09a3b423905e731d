package desired

import (
	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// shape is which columns OVN-Kubernetes sets in a format's row. Of an earlier list and ConfigMap, nothing else may be
// known.
func shape(f validation.Format, node Node) *ovs.Shape {
	defaults := settings(f, validation.Parameters{}, v1alpha1.FlowExportProfileSpec{}, node)
	if f != validation.IPFIX {
		return &ovs.Shape{Fixed: defaults}
	}
	s := &ovs.Shape{}
	for _, p := range flowsConfigParameters() {
		// A sampling of 0 leaves the column out, although there is a default. The timeout is set whatever it is.
		if _, set := defaults[p.column]; set && p.column != ovs.Sampling {
			s.Any = append(s.Any, p.column)
		} else {
			s.Optional = append(s.Optional, p.column)
		}
	}
	return s
}
