package status

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
)

// The reasons of problems that no condition reports.
const (
	ReasonNoReport        = "NoReport"        // a Node has no NodeFlowExport
	ReasonNoNode          = "NoNode"          // someone asks for a node that does not exist
	ReasonOutOfScope      = "OutOfScope"      // someone asks for a node on which no agent is to run
	ReasonNodeNotReady    = "NodeNotReady"    // the node's report may be outdated
	ReasonAgentDown       = "AgentDown"       // the agent did not renew its Lease in time
	ReasonLivenessUnknown = "LivenessUnknown" // the agents' Leases can't be read
	ReasonInputsUnknown   = "InputsUnknown"   // the profiles or the ConfigMap can't be read
	ReasonClockAhead      = "ClockAhead"      // the agent's Lease was renewed in the future
	ReasonOutdated        = "Outdated"        // the report is based on other objects than the present ones
	ReasonNodesUnknown    = "NodesUnknown"    // the Nodes can't be read
	ReasonCleanup         = "Cleanup"         // the agent runs in mode Cleanup, although there are collectors
)

// Problem is a problem of one node, or the same problem of several.
type Problem struct {
	Nodes   []string `json:"nodes"`
	Reason  string   `json:"reason"`
	Message string   `json:"message"`
}

// Where names the nodes, some of them if they are many.
func (p Problem) Where() string {
	const shown = 5
	if len(p.Nodes) <= shown {
		return strings.Join(p.Nodes, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(p.Nodes[:shown], ", "), len(p.Nodes)-shown)
}

// problems lists the problems in the order of node names; the same problem of several nodes
// is listed once.
func (c Cluster) problems() []Problem {
	var list []Problem
	index := map[[2]string]int{}
	add := func(node, reason, message string) {
		key := [2]string{reason, message}
		i, known := index[key]
		if !known {
			i = len(list)
			index[key] = i
			list = append(list, Problem{Reason: reason, Message: message})
		}
		list[i].Nodes = append(list[i].Nodes, node)
	}
	if c.Generation == 0 {
		list = append(list, Problem{
			Nodes: []string{"cluster"}, Reason: v1alpha1.ReasonNetworkMissing,
			Message: `Network.operator "cluster" does not exist or can't be read, so it is unknown what to export`,
		})
	}
	if c.noAgents() {
		return list
	}
	for _, name := range c.silent() {
		switch {
		case slices.Contains(c.unknown, name):
			add(name, ReasonNoNode, "there is no Node of this name; \"kubectl get nodes\" lists them")
		case slices.Contains(c.OutOfScope, name):
			add(name, ReasonOutOfScope, "no agent is to run on this node: the DaemonSet does not select it")
		default:
			add(name, ReasonNoReport, "the node has no NodeFlowExport; is the agent running there?")
		}
	}
	for _, name := range c.NotReady {
		add(name, ReasonNodeNotReady, "the node is not ready; its last report may be outdated")
	}
	if c.NodesUnknown != "" {
		list = append(list, Problem{
			Nodes: []string{"cluster"}, Reason: ReasonNodesUnknown,
			Message: "it is unknown on which nodes the agent is missing, and which are not ready: can't read the Nodes: " + c.NodesUnknown + "; the ClusterRole sluice-view allows it",
		})
	}
	if c.LivenessUnknown != "" {
		list = append(list, Problem{
			Nodes: []string{"cluster"}, Reason: ReasonLivenessUnknown,
			Message: fmt.Sprintf("it is unknown whether the agents are alive, so no node counts as up to date: can't read the Leases in namespace %s: %s", v1alpha1.AgentNamespace, c.LivenessUnknown),
		})
	}
	if c.InputsUnknown != "" {
		list = append(list, Problem{
			Nodes: []string{"cluster"}, Reason: ReasonInputsUnknown,
			Message: "it is unknown what is to be exported, so no node counts as up to date: " + c.InputsUnknown,
		})
	}
	for _, find := range []func() (Problem, bool){c.agentsDown, c.clocksAhead} {
		if p, ok := find(); ok {
			list = append(list, p)
		}
	}
	for _, n := range c.sorted() {
		if c.down(n.Name) {
			continue // its report no longer counts
		}
		for _, p := range c.problemsOf(n) {
			add(n.Name, p.Reason, p.Message)
		}
	}
	return list
}

// problemsOf lists the problems of a node. One that explains others replaces them.
func (c Cluster) problemsOf(n v1alpha1.NodeFlowExport) []Problem {
	if c := conditionOf(n, v1alpha1.ConditionOVSReachable); c != nil && c.Status == metav1.ConditionFalse {
		return []Problem{{Reason: c.Reason, Message: c.Message}}
	}
	var list []Problem
	if message := c.outdated(n); message != "" {
		list = append(list, Problem{Reason: ReasonOutdated, Message: message})
	}
	if c.cleaned(n) {
		list = append(list, Problem{Reason: ReasonCleanup, Message: "the agent runs in mode Cleanup, so the node exports nothing, although there are collectors"})
	}
	for _, kind := range []struct {
		name string
		// bad tells whether a condition is a problem.
		bad func(metav1.Condition) bool
	}{
		{v1alpha1.ConditionApplied, func(c metav1.Condition) bool { return c.Status != metav1.ConditionTrue }},
		{v1alpha1.ConditionExporting, func(c metav1.Condition) bool {
			return c.Status != metav1.ConditionTrue && c.Reason != v1alpha1.ReasonOff
		}},
		{v1alpha1.ConditionSynced, func(c metav1.Condition) bool { return c.Status == metav1.ConditionFalse }},
		{v1alpha1.ConditionConflict, func(c metav1.Condition) bool { return c.Status == metav1.ConditionTrue }},
		{v1alpha1.ConditionDrifted, func(c metav1.Condition) bool { return c.Status == metav1.ConditionTrue }},
		{v1alpha1.ConditionPerformanceRisk, func(c metav1.Condition) bool { return c.Status == metav1.ConditionTrue }},
	} {
		if c := conditionOf(n, kind.name); c != nil && kind.bad(*c) {
			list = append(list, Problem{Reason: c.Reason, Message: c.Message})
		}
	}
	return list
}
