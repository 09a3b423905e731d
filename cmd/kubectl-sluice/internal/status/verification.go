package status

import (
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
)

// Unreported are the nodes on which an agent is to run, without a report, sorted.
func (c Cluster) Unreported() []string { return c.silent() }

// Missing reports whether there is no Node of a name that was asked for.
func (c Cluster) Missing(node string) bool { return slices.Contains(c.unknown, node) }

// Unable says why the agent of a node can't answer a request; empty if it can, as far as is known.
func (c Cluster) Unable(node string) (reason, message string) {
	switch {
	case slices.Contains(c.silent(), node):
		return ReasonNoReport, "the node has no NodeFlowExport; is the agent running there?"
	case slices.Contains(c.NotReady, node):
		return ReasonNodeNotReady, "the node is not ready"
	case c.LeftOver(node):
		return ReasonOutOfScope, leftBehind
	case c.Down(node):
		return ReasonAgentDown, fmt.Sprintf("the agent does not renew its Lease in namespace %s", v1alpha1.AgentNamespace)
	}
	return "", ""
}

// Off says why nothing is to be exported from a node; empty if something is, or that is not known.
func (c Cluster) Off(node string) string {
	i := slices.IndexFunc(c.Exports, func(n v1alpha1.NodeFlowExport) bool { return n.Name == node })
	if i < 0 || !c.upToDate(c.Exports[i]) || c.InputsUnknown != "" {
		return ""
	}
	applied := conditionOf(c.Exports[i], v1alpha1.ConditionApplied)
	if applied == nil || applied.Status != metav1.ConditionTrue {
		return ""
	}
	if applied.Reason == v1alpha1.ReasonExportOff || applied.Reason == v1alpha1.ReasonNothingConfigured || applied.Reason == v1alpha1.ReasonCleanedUp && c.wanted() == 0 {
		return applied.Message
	}
	return ""
}

// Paused says why the agent of a node changes nothing by intention; empty if it does, if that is not known, or if the node
// has a problem. The agent then refuses to verify.
func (c Cluster) Paused(node string) string {
	i := slices.IndexFunc(c.Exports, func(n v1alpha1.NodeFlowExport) bool { return n.Name == node })
	if i < 0 || !c.upToDate(c.Exports[i]) || len(c.problemsOf(c.Exports[i])) > 0 {
		return ""
	}
	s := c.Exports[i].Status
	switch {
	case s.Paused():
		return fmt.Sprintf("FlowExportProfile %s pauses the agent (mode Observe), so it may not add a collector", s.Profile)
	case s.Mode == v1alpha1.ModeObserve:
		return "the agent runs in mode Observe, so it may not add a collector"
	}
	return ""
}
