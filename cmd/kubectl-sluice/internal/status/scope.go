package status

import (
	"fmt"
	"slices"

	"sluice/api/v1alpha1"
)

// leftBehind is what became of a node with a report that the DaemonSet no longer selects, and what to do.
const leftBehind = "the DaemonSet does not select the node, so that no agent runs there: the export stays as it was last set, and follows no change; if that is intended, delete the report: kubectl delete nodeflowexport NODE; if not, let the DaemonSet select the node"

// reported reports whether a node has a report.
func (c Cluster) reported(node string) bool {
	return slices.ContainsFunc(c.Exports, func(n v1alpha1.NodeFlowExport) bool { return n.Name == node })
}

// LeftOver reports whether a node's report was left by an agent that is not to run there any more. An agent that is alive
// was started by something else than the DaemonSet, or is about to end.
func (c Cluster) LeftOver(node string) bool {
	return slices.Contains(c.OutOfScope, node) && c.reported(node) && c.Down(node)
}

// leftOver are the nodes with such a report, sorted.
func (c Cluster) leftOver() []string {
	names := slices.DeleteFunc(slices.Clone(c.OutOfScope), func(name string) bool { return !c.LeftOver(name) })
	slices.Sort(names)
	return names
}

// withoutAgent are the nodes on which no agent is to run, without those on which one does nevertheless.
func (c Cluster) withoutAgent() []string {
	return slices.DeleteFunc(slices.Clone(c.OutOfScope), func(name string) bool { return c.reported(name) && !c.LeftOver(name) })
}

// outOfScope is the problem of the nodes that the DaemonSet no longer selects, and that have a report; false if there
// are none.
func (c Cluster) outOfScope() (Problem, bool) {
	p := Problem{Nodes: c.leftOver(), Reason: ReasonOutOfScope, Message: leftBehind}
	return p, len(p.Nodes) > 0
}

// scopeUnknown is the problem that the DaemonSet can't be read; false if it can, or if every node has a report and no agent
// is silent.
func (c Cluster) scopeUnknown() (Problem, bool) {
	if c.ScopeUnknown == "" || len(c.silent()) == 0 && !slices.ContainsFunc(c.Exports, func(n v1alpha1.NodeFlowExport) bool { return c.Down(n.Name) }) {
		return Problem{}, false
	}
	return Problem{
		Cluster: true, Nodes: []string{"cluster"}, Reason: ReasonScopeUnknown,
		Message: fmt.Sprintf("it is unknown on which nodes an agent is to run: can't read DaemonSet %s/%s: %s; the ClusterRole sluice-view allows it", v1alpha1.AgentNamespace, v1alpha1.AgentDaemonSet, c.ScopeUnknown),
	}, true
}
