package validation

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// profileField is a field of a FlowExportProfile as its CRD has it.
type profileField struct {
	key  string
	kind Kind
	// least and most are the range of a Number.
	least, most int64
	// fields are those of a Map; nil for one whose keys are the user's.
	fields []profileField
}

// profileFields lists the fields of the spec (api/v1alpha1, FlowExportProfileSpec).
func profileFields() []profileField {
	const day, hour = 86400, 3600
	return []profileField{
		{key: keySelector, kind: Map},
		{key: keyPriority, kind: Number, least: -1000000, most: 1000000},
		{key: keyExport, kind: Bool},
		{key: "netFlow", kind: Map, fields: []profileField{{key: "activeTimeout", kind: Number, least: 1, most: day}}},
		{key: keySFlow, kind: Map, fields: []profileField{
			{key: keySampling, kind: Number, least: 1, most: math.MaxInt32},
			{key: "polling", kind: Number, least: 1, most: day},
			{key: "headerBytes", kind: Number, least: 14, most: 256},
			{key: "agent", kind: String},
		}},
		{key: keyIPFIX, kind: Map, fields: []profileField{
			{key: keySampling, kind: Number, least: 1, most: math.MaxUint32},
			{key: keyActiveTimeout, kind: Number, least: 0, most: MaxActiveTimeout},
			{key: keyMaxFlows, kind: Number, least: 0, most: math.MaxUint32},
			{key: "templateInterval", kind: Number, least: 1, most: hour},
			{key: "statsInterval", kind: Number, least: 1, most: hour},
			{key: "observationDomain", kind: String},
		}},
		{key: "drops", kind: Map, fields: []profileField{
			{key: "collectorSet", kind: Number, least: 1, most: math.MaxUint32},
			{key: "domain", kind: Number, least: 1, most: 254},
		}},
		{key: "mode", kind: String},
		{key: "allowUnsampled", kind: Bool},
	}
}

// DroppedFromProfile lists the keys of the spec of a FlowExportProfile that the API server drops
// or refuses. It is for files: a webhook gets what is left, and of a newer CRD maybe more.
func DroppedFromProfile(spec Value) []Finding {
	return slices.DeleteFunc(profileShape(spec), func(f Finding) bool { return f.Rule != RuleUnknownField && f.Rule != RuleDuplicateField })
}

// misfits lists the values that the schema of the CRD refuses.
func misfits(spec Value) []Finding {
	return slices.DeleteFunc(profileShape(spec), func(f Finding) bool { return f.Rule == RuleUnknownField || f.Rule == RuleDuplicateField })
}

func profileShape(spec Value) []Finding {
	return fieldShape(spec, profileField{key: profileSpec, kind: Map, fields: profileFields()}, profileSpec)
}

func fieldShape(v Value, f profileField, path string) []Finding {
	switch n, whole := wholeNumber(v); {
	case v.Kind == Absent || v.Kind == Null: // the API server drops null
		return nil
	case v.Kind != f.kind || f.kind == Number && !whole:
		what := f.kind.String()
		if f.kind == Number {
			what = "a whole number"
		}
		return []Finding{{Rule: RuleWrongType, Field: path, Position: v.Position, Message: fmt.Sprintf("is %s, but must be %s", v.what(), what)}}
	case f.kind == Number && (n < f.least || n > f.most):
		return []Finding{{
			Rule: RuleOutOfRange, Field: path, Value: v.Text, Position: v.Position,
			Message: fmt.Sprintf("is not a number from %d to %d, which is what the CRD stores", f.least, f.most),
		}}
	case f.fields == nil:
		return nil
	}
	var found []Finding
	again := repeats(v.Members)
	for i, m := range v.Members {
		at := fieldPath(path, m.Key)
		k := slices.IndexFunc(f.fields, func(known profileField) bool { return known.key == m.Key })
		switch {
		case again(i):
			found = append(found, duplicateField(path, m))
		case k < 0:
			found = append(found, UnknownField(at, m.Position, insteadOf(m.Key, f.fields)))
		default:
			found = append(found, fieldShape(m.Value, f.fields[k], at)...)
		}
	}
	return found
}

// insteadOf says which field is meant, or which there are.
func insteadOf(key string, fields []profileField) string {
	var names []string
	for _, f := range fields {
		if Misspells(key, f.key) {
			return fmt.Sprintf("write %q", f.key)
		}
		names = append(names, f.key)
	}
	return "allowed here: " + strings.Join(names, ", ")
}

// RuleOutOfRange finds a number that the CRD of FlowExportProfile does not store.
const RuleOutOfRange Rule = "out-of-range"

func outOfRange() Check {
	return Check{
		Rule: RuleOutOfRange, Effect: Rejects,
		Summary: "FlowExportProfile: a number outside the range that Open vSwitch stores",
		Example: "`ipfix: {cacheActiveTimeout: 5000}` exceeds the 4200 seconds that Open vSwitch stores; the schema of the CRD rejects it, too.\n" +
			"Write `ipfix: {cacheActiveTimeout: 60}`.",
	}
}
