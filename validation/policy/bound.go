package policy

import (
	"fmt"
	"slices"
)

// Bounds are those of each [validation.Setting]; nil is no bound.
type Bounds [3]*Bound

func (b Bounds) any() bool { return slices.ContainsFunc(b[:], func(b *Bound) bool { return b != nil }) }

// Bound are the least and the greatest allowed value of a setting, both included.
type Bound struct {
	Min, Max int64
	// HasMin and HasMax say which of them the policy names. The other one is the end of the
	// range that Open vSwitch stores.
	HasMin, HasMax bool
}

// Holds reports whether a value is allowed.
func (b Bound) Holds(n int64) bool { return b.Min <= n && n <= b.Max }

// Worse reports whether a value is outside, and further outside than the one before. What is
// outside already may stay, or come nearer.
func (b Bound) Worse(before, after int64) bool {
	return after > b.Max && after > before || after < b.Min && after < before
}

// Nearest is the allowed value that is nearest to n.
func (b Bound) Nearest(n int64) int64 { return min(max(n, b.Min), b.Max) }

// String says what is allowed, as part of a sentence.
func (b Bound) String() string {
	switch {
	case !b.HasMin:
		return fmt.Sprintf("at most %d", b.Max)
	case !b.HasMax:
		return fmt.Sprintf("at least %d", b.Min)
	case b.Min == b.Max:
		return fmt.Sprintf("only %d", b.Min)
	}
	return fmt.Sprintf("%d to %d", b.Min, b.Max)
}
