package status

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"
)

// NodeTime is what the clock of a node shows at a time of the API server's.
func (c Cluster) NodeTime(node string, at time.Time) time.Time {
	return at.Add(c.Heartbeats[node].Ahead)
}

// ServerTime is when something happened by the API server's clock, of which a node reports a time of its
// own clock.
func (c Cluster) ServerTime(node string, at time.Time) time.Time {
	return at.Add(-c.Heartbeats[node].Ahead)
}

// age says how long ago a time was. One in the future says only that a clock was corrected since.
func (v View) age(at time.Time) string {
	d := v.Now.Sub(at)
	if at.IsZero() || d <= -clockPrecision {
		return "-"
	}
	return duration.HumanDuration(max(0, d))
}

// ago is the age as an answer to when it was.
func (v View) ago(at time.Time) string {
	age := v.age(at)
	if age == "-" {
		return age
	}
	return age + " ago"
}

// clockPrecision is how far a time may be in the future, because it is in whole seconds, or because the
// clocks differ a little.
const clockPrecision = 5 * time.Second

// clocksAhead and clocksBehind are the problems of the nodes with a wrong clock; false if there is none.
// A clock may be wrong by as much as a Lease lasts.
func (c Cluster) clocksAhead() (Problem, bool) {
	return c.wrongClocks(ReasonClockAhead, "ahead of", func(ahead time.Duration) time.Duration { return ahead })
}

func (c Cluster) clocksBehind() (Problem, bool) {
	return c.wrongClocks(ReasonClockBehind, "behind", func(ahead time.Duration) time.Duration { return -ahead })
}

func (c Cluster) wrongClocks(reason, where string, wrong func(ahead time.Duration) time.Duration) (Problem, bool) {
	p := Problem{Reason: reason}
	var least, most time.Duration
	for _, n := range c.sorted() {
		h := c.Heartbeats[n.Name]
		by := wrong(h.Ahead)
		if !c.alive(n.Name) || by <= h.Duration {
			continue // the clock of a dead agent's node may be right by now
		}
		if len(p.Nodes) == 0 || by < least {
			least = by
		}
		p.Nodes, most = append(p.Nodes, n.Name), max(most, by)
	}
	by := duration.HumanDuration(least)
	if to := duration.HumanDuration(most); to != by {
		by += " to " + to
	}
	p.Message = fmt.Sprintf("the clock of the node is %s %s the API server's, so the times in its flow records and in its report are wrong; synchronize the clock", by, where)
	return p, len(p.Nodes) > 0
}

// fromTheFuture is the problem of the nodes with a sign of life from the future; false if there is none.
func (c Cluster) fromTheFuture() (Problem, bool) {
	p := Problem{Reason: ReasonClocksDiffer}
	for _, n := range c.sorted() {
		if c.ahead(n.Name) {
			p.Nodes = append(p.Nodes, n.Name)
		}
	}
	p.Message = "it is unknown whether the agent is alive: its Lease was renewed in the future; synchronize the clocks of the API servers and of the node"
	return p, len(p.Nodes) > 0
}
