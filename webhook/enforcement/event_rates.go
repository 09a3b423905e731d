package enforcement

import (
	"sync"

	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/types"
)

// eventRates bounds the Events of each policy, and of all policies together. Without a rate for each
// policy, the denials of one would leave no Events for the others.
type eventRates struct {
	all *rate.Limiter

	mu sync.Mutex
	// of has the policies that denied something lately.
	of map[types.UID]*rate.Limiter
}

// maxRates bounds how many policies are remembered. It is above the number of Events that all policies
// have within the time after which a policy has its burst again.
const maxRates = 1000

func newEventRates() *eventRates {
	return &eventRates{all: rate.NewLimiter(allEventsRate, allEventsBurst), of: map[types.UID]*rate.Limiter{}}
}

// allow reports whether a policy may have an Event now.
func (r *eventRates) allow(policy types.UID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	own, known := r.of[policy]
	if !known {
		if len(r.of) >= maxRates {
			clear(r.of)
		}
		own = rate.NewLimiter(eventRate, eventBurst)
		r.of[policy] = own
	}
	return own.Allow() && r.all.Allow()
}
