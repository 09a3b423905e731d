package vap

import (
	"fmt"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"sluice/validation"
)

// profiles are the FlowExportProfiles. Their schema checks the form, so that there are rules
// only where a policy has some.
func profiles() resource {
	r := resource{
		name: "sluice-profiles", kind: validation.Profile,
		match: written("sluice.dev", "flowexportprofiles", admissionregistrationv1.ClusterScope),
		conditions: []admissionregistrationv1.MatchCondition{notOperator(), {
			Name: "spec-changed", Expression: "oldObject == null || object == null || object.?spec != oldObject.?spec || !(" + noOwnerAdded + ")",
		}},
	}
	r.match.ResourceRules[0].APIVersions = []string{"v1alpha1"}
	const other = "object.?spec.?nodeSelector.orValue({}) != oldObject.?spec.?nodeSelector.orValue({}) || object.?spec.?priority.orValue(0) != oldObject.?spec.?priority.orValue(0)"
	r.delivery = []admissionregistrationv1.Variable{
		// moved: nodes leave the profile. fresh: nodes get it.
		{Name: "moved", Expression: "object == null || oldObject != null && (" + other + ")"},
		{Name: "fresh", Expression: "oldObject == null || variables.moved"},
		{Name: "stopped", Expression: "object != null && object.?spec.?export.orValue(true) == false && (variables.fresh || oldObject.?spec.?export.orValue(true) != false)"},
		{Name: "paused", Expression: "object != null && object.?spec.?mode.orValue('') == 'Observe' && (variables.fresh || oldObject.?spec.?mode.orValue('') != 'Observe')"},
	}
	for _, s := range []boundedSetting{
		{validation.Sampling, "ipfix"}, {validation.CacheActiveTimeout, "ipfix"}, {validation.CacheMaxFlows, "ipfix"}, {validation.Sampling, "sFlow"},
	} {
		of := func(o string) string {
			return fmt.Sprintf("%s == null ? %d : int(%s.?spec.?%s.?%s.orValue(%d))", o, s.Default(), o, s.block, s.Setting, s.Default())
		}
		r.settings = append(r.settings, s)
		r.delivery = append(r.delivery,
			admissionregistrationv1.Variable{Name: s.name(), Expression: of("object")},
			admissionregistrationv1.Variable{Name: s.name() + "Before", Expression: of("oldObject")},
		)
	}
	return r
}
