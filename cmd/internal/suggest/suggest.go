// Package suggest answers unknown names, commands and flags with the known ones that are similar.
// All programs use it, so that their answers to a misspelling are alike.
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
	if similar := Similar(name, known); len(similar) > 0 {
		return fmt.Errorf("unknown %s %q; did you mean %s?", what, name, strings.Join(similar, ", "))
	}
	sorted := slices.Sorted(slices.Values(known))
	return fmt.Errorf("unknown %s %q; use one of: %s", what, name, strings.Join(sorted, ", "))
}

// Similar returns the known names of which the given one is probably a misspelling or a part. If
// there are none, it returns those that differ in two places.
func Similar(name string, known []string) []string {
	var similar, distant []string
	for _, k := range known {
		switch {
		case name == "":
		case validation.Misspells(name, k) || len(name) > 2 && strings.Contains(strings.ToLower(k), strings.ToLower(name)):
			similar = append(similar, k)
		case len(name) > 4 && misspellsTwice(name, k):
			distant = append(distant, k)
		}
	}
	if len(similar) == 0 {
		return distant
	}
	return similar
}

// misspellsTwice reports whether a name without one of its letters is a misspelling.
func misspellsTwice(name, known string) bool {
	for i := range len(name) {
		if validation.Misspells(name[:i]+name[i+1:], known) {
			return true
		}
	}
	return false
}
