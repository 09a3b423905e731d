// Package suggest finds what a user meant by a name that is not known.
package suggest

import (
	"fmt"
	"slices"
	"strings"

	"sluice/validation"
)

// Unknown is the error for a name that is not one of those known. It names the similar ones,
// or all of them if none is similar.
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
	return fmt.Errorf("unknown %s %q; known are: %s", what, name, strings.Join(sorted, ", "))
}
