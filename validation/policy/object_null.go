package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// nullFields lists the fields of the spec that are null. A template renders an empty value as
// null, and a list of destinations that is missing matches any address.
func nullFields(encoded []byte) []error {
	var o struct {
		Spec any `json:"spec"`
	}
	if err := json.Unmarshal(encoded, &o); err != nil {
		return nil // it was read before
	}
	if o.Spec == nil {
		return nil // FromObject says what is missing
	}
	return nullsIn(o.Spec, "spec")
}

func nullsIn(v any, path string) (problems []error) {
	switch v := v.(type) {
	case nil:
		return []error{fmt.Errorf("%s: is null; write a value, or remove the field", path)}
	case []any:
		for i, item := range v {
			problems = append(problems, nullsIn(item, fmt.Sprintf("%s[%d]", path, i))...)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			problems = append(problems, nullsIn(v[key], path+"."+key)...)
		}
	}
	return problems
}
