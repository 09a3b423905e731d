package status

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"sluice/api/v1alpha1"
)

// Heartbeat is the last sign of life of an agent.
type Heartbeat struct {
	// Renewed is when it was given, by the API server's clock.
	Renewed time.Time
	// Ahead is how far the clock of the agent's node is ahead of the API server's; less than 0 if it is
	// behind.
	Ahead time.Duration
	// Duration is how long the agent counts as alive since then.
	Duration time.Duration
}

// Down reports whether the agent of a node that reported gave no sign of life in time. It is
// so, too, if there never was one: the agent is gone with its Lease, or is of a version that
// has none.
func (c Cluster) Down(node string) bool {
	if c.LivenessUnknown != "" {
		return false
	}
	h, ok := c.Heartbeats[node]
	return !ok || c.Now.After(h.Renewed.Add(h.Duration))
}

// ahead reports whether a sign of life is from the future by more than its own duration. A
// dead agent would then look alive for as long as the clock was ahead.
func (c Cluster) ahead(node string) bool {
	h, ok := c.Heartbeats[node]
	return ok && c.LivenessUnknown == "" && h.Renewed.After(c.Now.Add(h.Duration))
}

// alive reports whether a node's report may count: whether its agent is known to be alive.
func (c Cluster) alive(node string) bool {
	return c.LivenessUnknown == "" && !c.Down(node) && !c.ahead(node)
}

// Unheard reports whether an agent reported that never gave a sign of life, as far as they
// were read.
func (c Cluster) Unheard() bool {
	return c.LivenessUnknown == "" && slices.ContainsFunc(c.Exports, func(n v1alpha1.NodeFlowExport) bool {
		_, ok := c.Heartbeats[n.Name]
		return !ok
	})
}

// agentsDown is the problem of the nodes that reported once and whose agents are down; false
// if no agent is. A node that is not ready explains itself.
func (c Cluster) agentsDown() (Problem, bool) {
	var p Problem
	var shortest, longest time.Duration
	known := 0
	for _, n := range c.sorted() {
		if !c.Down(n.Name) || slices.Contains(c.NotReady, n.Name) || slices.Contains(c.OutOfScope, n.Name) {
			continue
		}
		p.Nodes = append(p.Nodes, n.Name)
		h, ok := c.Heartbeats[n.Name]
		if !ok {
			continue
		}
		silent := c.Now.Sub(h.Renewed)
		if known == 0 || silent < shortest {
			shortest = silent
		}
		longest = max(longest, silent)
		known++
	}
	if len(p.Nodes) == 0 {
		return p, false
	}
	p.Reason, p.Message = ReasonAgentDown, silence(len(p.Nodes), known, shortest, longest)
	return p, true
}

// silence says for how long agents have not answered, all of them in one sentence: a problem
// for each would hide that they are one.
func silence(agents, known int, shortest, longest time.Duration) string {
	from, to := duration.HumanDuration(shortest), duration.HumanDuration(longest)
	switch {
	case known == 0:
		return "the agent has no Lease; the values are from its last report"
	case known < agents:
		return fmt.Sprintf("the agent has not renewed its Lease for %s or longer, or has none; the values are from its last report", from)
	case from == to:
		return fmt.Sprintf("the agent has not renewed its Lease for %s; the values are from its last report", from)
	}
	return fmt.Sprintf("the agent has not renewed its Lease for %s to %s; the values are from its last report", from, to)
}
