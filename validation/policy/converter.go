package policy

import "fmt"

// converter collects what is wrong.
type converter struct{ problems []error }

func (c *converter) fail(field, format string, args ...any) {
	c.problems = append(c.problems, fmt.Errorf("%s: "+format, append([]any{field}, args...)...))
}

// length checks the length of a list. An empty list would mean the same as a missing one,
// which is rarely what was meant: no subjects means everyone.
func (c *converter) length(field string, absent bool, n, most int) {
	switch {
	case !absent && n == 0:
		c.fail(field, "is empty; list at least one item, or remove the field to match any")
	case n > most:
		c.fail(field, "has %d items; at most %d are allowed", n, most)
	}
}

// The longest lists that the CRD stores.
const (
	maxSubjects     = 64
	maxRules        = 32
	maxFormats      = 6
	maxHosts        = 64
	maxDestinations = 256
	maxPorts        = 64
	maxRequired     = 30
)
