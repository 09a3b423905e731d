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
	ReasonOutOfScope      = "OutOfScope"      // no agent is to run on a node that someone asks for, or that has a report
	ReasonScopeUnknown    = "ScopeUnknown"    // the DaemonSet of the agents can't be read
	ReasonNodeNotReady    = "NodeNotReady"    // the node's report may be outdated
	ReasonAgentDown       = "AgentDown"       // the agent did not renew its Lease in time
	ReasonLivenessUnknown = "LivenessUnknown" // the agents' Leases can't be read
	ReasonInputsUnknown   = "InputsUnknown"   // the profiles or the ConfigMap can't be read
	ReasonClockAhead      = "ClockAhead"      // the node's clock is ahead of the API server's
	ReasonClockBehind     = "ClockBehind"     // the node's clock is behind the API server's
	ReasonClocksDiffer    = "ClocksDiffer"    // the agent's Lease was renewed in the future
	ReasonOutdated        = "Outdated"        // the report is based on other objects than the present ones
	ReasonNodesUnknown    = "NodesUnknown"    // the Nodes can't be read
	ReasonNotReported     = "NotReported"     // the report has no condition Applied or Exporting
	ReasonCleanup         = "Cleanup"         // the agent runs in mode Cleanup, although there are collectors
)

// Problem is a problem of one node, or the same problem of several.
type Problem struct {
	Nodes   []string `json:"nodes"`
	Reason  string   `json:"reason"`
	Message string   `json:"message"`
	// Since is when the first of the nodes had it, as far as that is known.
	Since *metav1.Time `json:"since,omitempty"`
	// Cluster says that it is no problem of nodes; Nodes has the name "cluster" then.
	Cluster bool `json:"-"`
}

// Where names the nodes, some of them if they are many.
func (p Problem) Where() string { return shorten(p.Nodes) }

// shorten joins the first names of a list, and counts the others.
func shorten(names []string) string {
	const shown = 5
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}

// of makes a problem of a condition.
func of(c metav1.Condition) Problem {
	p := Problem{Reason: c.Reason, Message: c.Message}
	if !c.LastTransitionTime.IsZero() {
		p.Since = &c.LastTransitionTime
	}
	return p
}

// join adds a node that has the same problem.
func (p *Problem) join(node string, since *metav1.Time) {
	if p.Nodes = append(p.Nodes, node); since != nil && (p.Since == nil || since.Before(p.Since)) {
		p.Since = since
	}
}

// problems lists the problems in the order of node names; the same problem of several nodes
// is listed once.
func (c Cluster) problems() []Problem {
	var list []Problem
	index := map[[2]string]int{}
	include := func(node string, p Problem) {
		key := [2]string{p.Reason, p.Message}
		i, known := index[key]
		if !known {
			i = len(list)
			index[key] = i
			list = append(list, p)
		}
		list[i].join(node, p.Since)
	}
	add := func(node, reason, message string) { include(node, Problem{Reason: reason, Message: message}) }
	if c.Generation == 0 {
		list = append(list, Problem{
			Cluster: true, Nodes: []string{"cluster"}, Reason: v1alpha1.ReasonNetworkMissing,
			Message: `Network.operator "cluster" does not exist or can't be read, so it is unknown what to export`,
		})
	}
	list = append(list, c.malformed()...)
	if p, ok := c.configUnknown(); ok {
		list = append(list, p)
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
			Cluster: true, Nodes: []string{"cluster"}, Reason: ReasonNodesUnknown,
			Message: "it is unknown on which nodes the agent is missing, and which are not ready: can't read the Nodes: " + c.NodesUnknown + "; the ClusterRole sluice-view allows it",
		})
	}
	if p, ok := c.scopeUnknown(); ok {
		list = append(list, p)
	}
	if c.LivenessUnknown != "" {
		list = append(list, Problem{
			Cluster: true, Nodes: []string{"cluster"}, Reason: ReasonLivenessUnknown,
			Message: fmt.Sprintf("it is unknown whether the agents are alive, so no node counts as up to date: can't read the Leases in namespace %s: %s; the ClusterRole sluice-view allows it", v1alpha1.AgentNamespace, c.LivenessUnknown),
		})
	}
	if c.InputsUnknown != "" {
		list = append(list, Problem{
			Cluster: true, Nodes: []string{"cluster"}, Reason: ReasonInputsUnknown,
			Message: "it is unknown what is to be exported, so no node counts as up to date: " + c.InputsUnknown,
		})
	}
	for _, find := range []func() (Problem, bool){c.agentsDown, c.outOfScope, c.clocksAhead, c.clocksBehind, c.fromTheFuture} {
		if p, ok := find(); ok {
			list = append(list, p)
		}
	}
	for _, n := range c.sorted() {
		if c.Down(n.Name) {
			continue // its report no longer counts
		}
		for _, p := range c.problemsOf(n) {
			if p.Since != nil {
				p.Since = &metav1.Time{Time: c.ServerTime(n.Name, p.Since.Time)}
			}
			include(n.Name, p)
		}
	}
	return list
}

// problemsOf lists the problems of a node. One that explains others replaces them.
func (c Cluster) problemsOf(n v1alpha1.NodeFlowExport) []Problem {
	if c := conditionOf(n, v1alpha1.ConditionOVSReachable); c != nil && c.Status == metav1.ConditionFalse {
		return []Problem{of(*c)}
	}
	var list []Problem
	if message := c.outdated(n); message != "" && c.Generation > 0 && !slices.Contains(c.NotReady, n.Name) {
		list = append(list, Problem{Reason: ReasonOutdated, Message: message})
	}
	if c.cleaned(n) {
		list = append(list, Problem{Reason: ReasonCleanup, Message: "the agent runs in mode Cleanup, so the node exports nothing, although there are collectors; run it with --mode=enforce to export again"})
	}
	if absent := absentConditions(n); len(absent) > 0 {
		list = append(list, Problem{Reason: ReasonNotReported, Message: fmt.Sprintf("the node's report has no condition %s, so it is unknown whether the node exports; wait for the agent, or see its log", strings.Join(absent, " and no condition "))})
	}
	return append(list, c.conditionProblems(n)...)
}

// absentConditions are those that every report has, but not this one.
func absentConditions(n v1alpha1.NodeFlowExport) []string {
	return slices.DeleteFunc([]string{v1alpha1.ConditionApplied, v1alpha1.ConditionExporting}, func(kind string) bool { return conditionOf(n, kind) != nil })
}

// conditionProblems lists the problems that conditions report. Several conditions may report one cause.
func (c Cluster) conditionProblems(n v1alpha1.NodeFlowExport) []Problem {
	wrong := map[string]metav1.Condition{}
	kinds := []string{
		v1alpha1.ConditionApplied, v1alpha1.ConditionExporting, v1alpha1.ConditionSynced, v1alpha1.ConditionConflict,
		v1alpha1.ConditionDrifted, v1alpha1.ConditionPerformanceRisk,
	}
	for _, kind := range kinds {
		if c := conditionOf(n, kind); c != nil && isProblem(*c) {
			wrong[kind] = *c
		}
	}
	if e := conditionOf(n, v1alpha1.ConditionExporting); e != nil && off(*e) && !c.offByIntention(n) {
		e := *e
		e.Message = "the node exports nothing, although there are collectors"
		wrong[v1alpha1.ConditionExporting] = e
	}
	applied, exporting := wrong[v1alpha1.ConditionApplied], wrong[v1alpha1.ConditionExporting]
	if n.Status.OnlyPaused() {
		delete(wrong, v1alpha1.ConditionApplied) // by intention
	}
	drifted, conflict := wrong[v1alpha1.ConditionDrifted], wrong[v1alpha1.ConditionConflict]
	if applied.Type != "" && (exporting.Reason == v1alpha1.ReasonNotApplied || exporting.Reason == applied.Reason) {
		delete(wrong, v1alpha1.ConditionExporting)
	}
	switch {
	case conflict.Type != "":
		// It says what happened, and what to do; Drifted says what the settings are.
		if drifted.Type != "" {
			conflict.Message = drifted.Message + "; " + conflict.Message
			wrong[v1alpha1.ConditionConflict] = conflict
		}
		delete(wrong, v1alpha1.ConditionDrifted)
		if applied.Reason == v1alpha1.ReasonConflict {
			delete(wrong, v1alpha1.ConditionApplied)
		}
	case applied.Reason == v1alpha1.ReasonHeldDown && drifted.Type != "":
		// What was changed, and what will happen.
		applied.Message = drifted.Message + "; the agent repairs it after the hold-down"
		wrong[v1alpha1.ConditionApplied] = applied
		delete(wrong, v1alpha1.ConditionDrifted)
	case applied.Reason == v1alpha1.ReasonForeignExport:
		delete(wrong, v1alpha1.ConditionDrifted) // Applied says what was changed, and what that means
	case drifted.Type != "" && wrong[v1alpha1.ConditionApplied].Reason == v1alpha1.ReasonObserveOnly:
		drifted.Message += "; " + applied.Message
		wrong[v1alpha1.ConditionDrifted] = drifted
		delete(wrong, v1alpha1.ConditionApplied)
	}
	var list []Problem
	for _, kind := range kinds {
		if c, ok := wrong[kind]; ok {
			list = append(list, of(c))
		}
	}
	return list
}

// off reports whether a condition Exporting says that nothing is to be exported.
func off(c metav1.Condition) bool {
	return c.Status == metav1.ConditionFalse && c.Reason == v1alpha1.ReasonOff
}

// offByIntention reports whether a node is to export nothing, or something else says that it does not.
func (c Cluster) offByIntention(n v1alpha1.NodeFlowExport) bool {
	applied := conditionOf(n, v1alpha1.ConditionApplied)
	return c.wanted() == 0 || c.cleaned(n) || applied == nil || applied.Status != metav1.ConditionTrue || applied.Reason == v1alpha1.ReasonExportOff || c.outdated(n) != ""
}

// isProblem tells whether a condition reports a problem.
func isProblem(c metav1.Condition) bool {
	switch c.Type {
	case v1alpha1.ConditionApplied:
		return c.Status != metav1.ConditionTrue
	case v1alpha1.ConditionExporting:
		return c.Status != metav1.ConditionTrue && !off(c)
	case v1alpha1.ConditionSynced:
		return c.Status == metav1.ConditionFalse
	}
	return c.Status == metav1.ConditionTrue
}
