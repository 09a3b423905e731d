package status

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-project/sluice/api/v1alpha1"
	"github.com/sluice-project/sluice/validation"
)

// Cluster is what is known of a cluster.
type Cluster struct {
	// Generation of the Network.operator "cluster"; 0 if there is none.
	Generation int64
	// Desired are its collectors.
	Desired validation.Exports
	// Nodes are the names of all Nodes; nil if they can't be read.
	Nodes []string
	// NotReady are those of them whose kubelet says that they aren't ready, or says nothing:
	// what an agent reported from there may be old.
	NotReady []string
	// Exports are the nodes' reports.
	Exports []v1alpha1.NodeFlowExport
}

// Only narrows the cluster to some nodes; to all if none is named.
func (c Cluster) Only(nodes []string) Cluster {
	if len(nodes) == 0 {
		return c
	}
	c.Nodes = nodes
	c.NotReady = slices.DeleteFunc(slices.Clone(c.NotReady), func(name string) bool { return !slices.Contains(nodes, name) })
	c.Exports = slices.DeleteFunc(slices.Clone(c.Exports), func(n v1alpha1.NodeFlowExport) bool { return !slices.Contains(nodes, n.Name) })
	return c
}

// Summary counts nodes.
type Summary struct {
	Generation int64 `json:"generation"`
	// Nodes is how many there are, Reports how many agents reported.
	Nodes   int `json:"nodes"`
	Reports int `json:"reports"`
	// Applied is how many do what this generation wants, Exporting how many of them reach
	// every collector as far as they can see.
	Applied   int `json:"applied"`
	Exporting int `json:"exporting"`
	// Problems is empty if all is well.
	Problems []Problem `json:"problems,omitempty"`
}

// Summarize counts nodes and lists what is wrong.
func (c Cluster) Summarize() Summary {
	s := Summary{Generation: c.Generation, Reports: len(c.Exports), Nodes: max(len(c.Nodes), len(c.Exports)), Problems: c.problems()}
	for _, n := range c.Exports {
		if slices.Contains(c.NotReady, n.Name) || !current(n, c.Generation) || !is(n, v1alpha1.ConditionApplied, metav1.ConditionTrue) {
			continue
		}
		s.Applied++
		if is(n, v1alpha1.ConditionExporting, metav1.ConditionTrue) {
			s.Exporting++
		}
	}
	return s
}

// sorted are the reports by node name.
func (c Cluster) sorted() []v1alpha1.NodeFlowExport {
	return slices.SortedFunc(slices.Values(c.Exports), func(a, b v1alpha1.NodeFlowExport) int { return cmp.Compare(a.Name, b.Name) })
}

// silent are the nodes without a report.
func (c Cluster) silent() []string {
	reported := map[string]bool{}
	for _, n := range c.Exports {
		reported[n.Name] = true
	}
	var names []string
	for _, name := range c.Nodes {
		if !reported[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func current(n v1alpha1.NodeFlowExport, generation int64) bool {
	return n.Status.ObservedGeneration >= generation
}

func is(n v1alpha1.NodeFlowExport, kind string, status metav1.ConditionStatus) bool {
	c := conditionOf(n, kind)
	return c != nil && c.Status == status
}

func conditionOf(n v1alpha1.NodeFlowExport, kind string) *metav1.Condition {
	for i := range n.Status.Conditions {
		if n.Status.Conditions[i].Type == kind {
			return &n.Status.Conditions[i]
		}
	}
	return nil
}
