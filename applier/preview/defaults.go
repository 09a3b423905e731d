package preview

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/api/v1alpha1"
)

// defaultValue is the default of a field of a FlowExportProfile, which the API server sets if there is the object that
// has the field.
type defaultValue struct {
	in    []string
	field string
	value any
}

// profileDefaults are those of the schema; a test compares them.
func profileDefaults() []defaultValue {
	return []defaultValue{
		{[]string{"spec"}, "priority", int64(0)},
		{[]string{"spec"}, "export", true},
		{[]string{"spec"}, "mode", string(v1alpha1.ProfileModeEnforce)},
		{[]string{"spec", "ipfix"}, "observationDomain", string(v1alpha1.ObservationDomainZero)},
		{[]string{"spec", "drops"}, "collectorSet", int64(4739)},
		{[]string{"spec", "drops"}, "domain", int64(1)},
	}
}

// WithDefaults is a profile with the defaults of the schema, as the API server stores it.
func WithDefaults(profile map[string]any) map[string]any {
	profile = runtime.DeepCopyJSON(profile)
	for _, d := range profileDefaults() {
		object, found, err := unstructured.NestedFieldNoCopy(profile, d.in...)
		in, ok := object.(map[string]any)
		if err == nil && found && ok && in[d.field] == nil {
			in[d.field] = d.value
		}
	}
	return profile
}
