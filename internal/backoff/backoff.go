// Package backoff says how long to wait before something that failed is retried.
package backoff

import (
	"math/rand/v2"
	"time"
)

// The bounds of a wait. A wait is doubled with each failure until it reaches the upper one.
const (
	first   = time.Second
	longest = time.Minute
)

// Wait is how long to wait after a number of failures in a row, at least 1: up to 1 s after
// the first, 2 s after the second, and at most 1 min. Half of it is random, so that many
// callers that failed at the same time don't retry at the same time.
func Wait(failures int) time.Duration {
	wait := min(longest, first<<min(max(failures, 1)-1, 10))
	return wait/2 + rand.N(wait/2) //nolint:gosec // jitter
}
