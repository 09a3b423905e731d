package board

import (
	"fmt"
	"hash/fnv"
	"time"

	"sluice/cmd/kubectl-sluice/internal/status"
)

// Problem is a problem of "kubectl sluice status".
type Problem struct {
	// ID is the same for the same problem in the next board.
	ID      string `json:"id"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
	// Count is the number of nodes, Nodes are the first of them.
	Count int      `json:"count"`
	Nodes []string `json:"nodes"`
	// Cluster says that the problem is not one of nodes.
	Cluster bool `json:"cluster,omitempty"`
	// Since is when it began on the first of the nodes, if that is known.
	Since *time.Time `json:"since,omitempty"`
	// Runbook is the alert whose page says what to do, if there is one.
	Runbook string `json:"runbook,omitempty"`
}

// Problems are the problems of a cluster.
type Problems struct {
	List []Problem `json:"list"`
	// Omitted is how many are not listed.
	Omitted int `json:"omitted,omitempty"`
	byNode  map[string][]string
}

// problems are those that status lists. Without the reports or the lists they are unknown.
func (f Facts) problems() Problems {
	p := Problems{List: []Problem{}, byNode: map[string][]string{}}
	if !f.source(SourceReports).Known() || !f.source(SourceNetwork).Known() || f.loading() != "" {
		return p
	}
	found := f.Cluster.Summarize().Problems
	p.Omitted = max(0, len(found)-maxProblems)
	for _, one := range first(found, maxProblems) {
		shown := Problem{
			ID: identity(one), Reason: one.Reason, Message: cut(one.Message), Count: len(one.Nodes),
			Nodes: first(one.Nodes, maxNames), Runbook: runbook(one.Reason), Cluster: one.Cluster,
		}
		if one.Since != nil {
			since := one.Since.UTC()
			shown.Since = &since
		}
		p.List = append(p.List, shown)
		for _, node := range one.Nodes {
			p.byNode[node] = append(p.byNode[node], shown.ID)
		}
	}
	return p
}

// identity is the reason and a hash of the message. Problems that exist once have the reason alone: their
// messages may contain a time, and should then not give a new identity to every node.
func identity(p status.Problem) string {
	switch p.Reason {
	case status.ReasonAgentDown, status.ReasonOutOfScope, status.ReasonScopeUnknown, status.ReasonClockAhead, status.ReasonClockBehind, status.ReasonClocksDiffer, status.ReasonLivenessUnknown, status.ReasonInputsUnknown:
		return p.Reason
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(p.Message)) // never fails
	return fmt.Sprintf("%s-%08x", p.Reason, h.Sum32())
}
