package doctor

import (
	"context"
	"fmt"
	"strings"

	"sluice/cmd/kubectl-sluice/internal/status"
)

// reports checks what the nodes report, as "kubectl sluice status" shows it. Agents that are down have a check of
// their own.
func (c Cluster) reports(ctx context.Context) Finding {
	f := Finding{ID: idReports, State: OK, What: "reports of the nodes"}
	cluster, err := c.Status(ctx)
	if err != nil {
		return f.unknown(err)
	}
	s := cluster.Summarize()
	f.Detail = fmt.Sprintf("%d of %d nodes are up to date", s.Applied, s.Nodes)
	if s.Paused > 0 {
		f.Detail += fmt.Sprintf(", %d paused by a FlowExportProfile", s.Paused)
	}
	if s.Reports == 0 {
		f.Detail = "none, because no agent has reported"
	}
	var wrong []string
	for _, p := range s.Problems {
		switch p.Reason {
		case status.ReasonAgentDown:
			continue
		case status.ReasonNodesUnknown, status.ReasonScopeUnknown, status.ReasonLivenessUnknown, status.ReasonInputsUnknown:
			f.State = Unknown
		}
		wrong = append(wrong, fmt.Sprintf("%s: %s: %s", p.Where(), p.Reason, shortText(p.Message)))
	}
	if len(wrong) == 0 {
		return f
	}
	if f.State == OK {
		f.State = Bad
	}
	f.Why = strings.Join(wrong[:min(len(wrong), shownPolicies)], "; ")
	if more := len(wrong) - shownPolicies; more > 0 {
		f.Why += fmt.Sprintf("; and %d more problems", more)
	}
	f.Do = "kubectl sluice status --problems"
	return f
}
