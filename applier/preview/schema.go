package preview

import (
	"fmt"

	"sluice/api/v1alpha1"
	"sluice/validation"
)

// Refused says what the schema of a FlowExportProfile refuses; empty if nothing, or if the object is another. It is for
// plans without an API server, which refuses it otherwise.
func (o *Objects) Refused(id ID) (string, error) {
	if id.Resource != validation.Profile {
		return "", nil
	}
	object, err := validation.FromMap(validation.Profile, o.others[id].now)
	if err != nil {
		return "", fmt.Errorf("%s: %w", id, err)
	}
	review := validation.Review(validation.Input{Operation: validation.Create, Object: object})
	for _, f := range review.Errors {
		return f.Line(), nil
	}
	p, err := profileOf(o.others[id].now)
	if err != nil {
		return "", fmt.Errorf("%s: %w", id, err)
	}
	return refusedByRules(p.Spec), nil
}

// ovnKubernetesSet is the collector set that OVN-Kubernetes uses for its own sampling.
const ovnKubernetesSet = 42

// refusedByRules says what a rule or an enumeration of the schema refuses.
func refusedByRules(s v1alpha1.FlowExportProfileSpec) string {
	unsampled := func(field string) string {
		return "spec." + field + ": 1 sends every packet through ovs-vswitchd and can overload the node; write 2 or more (400 is usual), or set allowUnsampled: true"
	}
	switch {
	case !s.AllowUnsampled && s.SFlow != nil && s.SFlow.Sampling != nil && *s.SFlow.Sampling == 1:
		return unsampled("sFlow.sampling")
	case !s.AllowUnsampled && s.IPFIX != nil && s.IPFIX.Sampling != nil && *s.IPFIX.Sampling == 1:
		return unsampled("ipfix.sampling")
	case s.Drops != nil && s.Drops.CollectorSet == ovnKubernetesSet:
		return "spec.drops.collectorSet: 42 is reserved for OVN-Kubernetes; use another number, or omit the field"
	case s.Mode != "" && s.Mode != v1alpha1.ProfileModeEnforce && s.Mode != v1alpha1.ProfileModeObserve:
		return "spec.mode: " + validation.Quote(string(s.Mode)) + " is unknown; use Enforce or Observe"
	case s.IPFIX != nil && s.IPFIX.ObservationDomain != "" && s.IPFIX.ObservationDomain != v1alpha1.ObservationDomainZero && s.IPFIX.ObservationDomain != v1alpha1.ObservationDomainPerNode:
		return "spec.ipfix.observationDomain: " + validation.Quote(string(s.IPFIX.ObservationDomain)) + " is unknown; use Zero or PerNode"
	}
	return ""
}
