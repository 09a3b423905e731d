package board

import (
	"cmp"
	"slices"
	"strings"

	"sluice/api/v1alpha1"
)

// Everything that is sent is bounded, whatever the cluster contains. What is left out is counted.
const (
	maxRows     = 5000
	maxColumns  = 40
	maxProblems = 200
	maxNames    = 100 // of a problem or change
	maxChanges  = 100
	maxPolicies = 200
	maxLines    = 50   // of a policy
	maxText     = 1024 // bytes of a text
)

// cut shortens a text and says so.
func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + "…"
}

// first are the first items of a list; it must not be changed.
func first[T any](list []T, n int) []T { return list[:min(len(list), n)] }

// bounded leaves out nodes beyond maxRows: those with the last names.
func (f Facts) bounded() Facts {
	f.left = max(0, len(f.Cluster.Nodes)-maxRows, len(f.Cluster.Exports)-maxRows)
	if len(f.Cluster.Exports) > maxRows {
		f.Cluster.Exports = first(slices.SortedFunc(slices.Values(f.Cluster.Exports), func(a, b v1alpha1.NodeFlowExport) int {
			return cmp.Compare(a.Name, b.Name)
		}), maxRows)
	}
	if len(f.Cluster.Nodes) > maxRows {
		f.Cluster.Nodes = first(slices.Sorted(slices.Values(f.Cluster.Nodes)), maxRows)
	}
	return f
}
