// Package suggest finds the known names that are similar to an unknown one.
package suggest

import (
	"fmt"
	"slices"
	"strings"

	"sluice/validation"
)

// Unknown returns the error for an unknown name. It lists the similar known names, or all known
// names if none is similar.
func Unknown(what, name string, known []string) error {
	var similar []string
	for _, k := range known {
		if validation.Misspells(name, k) || name != "" && strings.Contains(strings.ToLower(k), strings.ToLower(name)) {
			similar = append(similar, k)
		}
	}
	if len(similar) > 0 {
		return fmt.Errorf("unknown %s %q; did you mean %s?", what, name, strings.Join(similar, ", "))
	}
	sorted := slices.Sorted(slices.Values(known))
	return fmt.Errorf("unknown %s %q; use one of: %s", what, name, strings.Join(sorted, ", "))
}
