// Package backoff computes how long to wait before a retry.
package backoff

import (
	"math/rand/v2"
	"time"
)

// The first and the longest wait. A wait doubles with each failure until it is the longest.
const (
	first   = time.Second
	longest = time.Minute
)

// Wait returns how long to wait after a number of consecutive failures, at least 1: up to 1 s
// after the first, 2 s after the second, and at most 1 min. Half of it is random, so that clients
// that failed at the same time don't retry at the same time.
func Wait(failures int) time.Duration {
	wait := min(longest, first<<min(max(failures, 1)-1, 10))
	return wait/2 + rand.N(wait/2) //nolint:gosec // jitter
}
