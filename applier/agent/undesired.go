package agent

import (
	"slices"

	"sluice/validation"
)

// undesiredTargets are the collectors of some formats that are configured, and not desired, although the format is.
func undesiredTargets(r *reconciliation, formats []validation.Format) []string {
	var list []string
	for _, f := range formats {
		row, exists := r.state.Export(f)
		want := r.lasting(f)
		if !exists || want == nil {
			continue
		}
		for _, target := range except(r.own.without(row.Exporter.CanonicalTargets()), want.CanonicalTargets()) {
			if target = cut(target, maxValue); !slices.Contains(list, target) {
				list = append(list, target)
			}
		}
	}
	return list
}

// except leaves some targets out of a list.
func except(list, some []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(target string) bool { return slices.Contains(some, target) })
}
