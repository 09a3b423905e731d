package agent

import (
	"cmp"
	"time"
)

const (
	// refill is how often the budget grows by one.
	refill = 5 * time.Second
	// rewriteCost is what it costs to write again what was written last. That is needed only if
	// another program undid it.
	rewriteCost = 6
)

// budget bounds how often the agent writes to Open vSwitch, whatever it is that makes it write. Each
// write is a pass of ovs-vswitchd through its whole configuration.
type budget struct {
	// burst is the most that can be saved up; 0 for no limit. every is how often it grows by one; 0 for refill.
	burst float64
	every time.Duration

	saved float64
	at    time.Time
	// target is what was written last.
	target string
}

// wait is how long the next write has to wait.
func (b *budget) wait(target string, now time.Time) time.Duration {
	if b.burst == 0 {
		return 0
	}
	if b.at.IsZero() {
		b.saved, b.at = b.burst, now
	}
	// A clock that was set back adds nothing.
	b.saved = min(b.burst, b.saved+max(0, now.Sub(b.at).Seconds()/b.interval().Seconds()))
	b.at = now
	lacking := min(b.burst, b.cost(target)) - b.saved
	return max(0, time.Duration(lacking*float64(b.interval())))
}

func (b *budget) interval() time.Duration { return cmp.Or(b.every, refill) }

// spend takes in a write. target is what was written; empty for a write that changes no record.
func (b *budget) spend(target string) {
	b.saved -= b.cost(target)
	if target != "" {
		b.target = target
	}
}

func (b *budget) cost(target string) float64 {
	if target != "" && target == b.target {
		return rewriteCost
	}
	return 1
}
