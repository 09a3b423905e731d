package agent

import (
	"sync"
	"time"
)

// storing is whether the newest report could be stored.
type storing struct {
	mu      sync.Mutex
	failing time.Time // since when it fails; zero if it does not
}

// storingGrace is how long a report may fail to be stored before the agent gives no more signs of life:
// its last report would be taken for the present state.
const storingGrace = 2 * time.Minute

// note takes in the result of an attempt.
func (s *storing) note(err error, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		s.failing = time.Time{}
	case s.failing.IsZero():
		s.failing = now
	}
}

// works reports whether the report is stored, or has not failed for long.
func (s *storing) works(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failing.IsZero() || now.Sub(s.failing) < storingGrace
}
