package status

import (
	"cmp"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"sluice/api/v1alpha1"
	"sluice/validation"
)

// Cluster is what is known of a cluster.
type Cluster struct {
	// Generation of the Network.operator "cluster"; 0 if it does not exist.
	Generation int64
	// NetworkUID is its UID; empty if it does not exist.
	NetworkUID string
	// Profiles are the FlowExportProfiles, and FlowsConfig is the data of the ConfigMap
	// ovs-flows-config, nil if it does not exist. InputsUnknown says why they can't be read; empty if
	// they can.
	Profiles      []v1alpha1.FlowExportProfile
	FlowsConfig   map[string]string
	InputsUnknown string
	// Labels are those of the Nodes, by name.
	Labels map[string]map[string]string
	// Desired are its collectors.
	Desired validation.Flows
	// Malformed is what is malformed in the Network, ConfigMalformed in the ConfigMap ovs-flows-config. It was
	// stored in spite of that.
	Malformed, ConfigMalformed []validation.Finding
	// ConfigCollectors are the IPFIX collectors of the ConfigMap ovs-flows-config, as written there.
	// FlowsConfigUnknown says why it can't be read; empty if it can.
	ConfigCollectors   []string
	FlowsConfigUnknown string
	// Nodes are the names of the Nodes on which an agent is to run; nil if they can't be read.
	// OutOfScope are those of all others.
	Nodes, OutOfScope []string
	// ScopeUnknown says why it can't be read which nodes the DaemonSet selects; empty if it can. Nodes are then all
	// but the Windows nodes.
	ScopeUnknown string
	// NodesUnknown says why the Nodes can't be read; empty if they can.
	NodesUnknown string
	// NotReady are those of them that are not ready: their agents' reports may be outdated.
	NotReady []string
	// Exports are the nodes' reports.
	Exports []v1alpha1.NodeFlowExport
	// Heartbeats are the agents' Leases, by node.
	Heartbeats map[string]Heartbeat
	// LivenessUnknown says why the signs of life can't be read; empty if they can.
	LivenessUnknown string
	// Now is the time by which signs of life are judged.
	Now time.Time
	// Installed says that the DaemonSet of the agents exists.
	Installed bool
	// narrowed says that it was narrowed to nodes that someone asked for. unknown are those of
	// them that do not exist.
	narrowed bool
	unknown  []string
}

// noAgents reports whether there is no trace of an agent. Agents are an optional part, so this is no
// problem, unless someone asks for a node. Where they are installed, agents that never started are one.
func (c Cluster) noAgents() bool {
	return !c.Installed && len(c.Exports) == 0 && len(c.Heartbeats) == 0 && c.LivenessUnknown == "" && !c.narrowed
}

// Only narrows the cluster to some nodes; to all if none is named.
func (c Cluster) Only(nodes []string) Cluster {
	if len(nodes) == 0 {
		return c
	}
	c.unknown = slices.DeleteFunc(slices.Clone(nodes), func(name string) bool {
		return c.Nodes == nil && c.OutOfScope == nil || slices.Contains(c.Nodes, name) || slices.Contains(c.OutOfScope, name)
	})
	c.OutOfScope = slices.DeleteFunc(slices.Clone(c.OutOfScope), func(name string) bool { return !slices.Contains(nodes, name) })
	c.Nodes, c.narrowed = nodes, true
	c.NotReady = slices.DeleteFunc(slices.Clone(c.NotReady), func(name string) bool { return !slices.Contains(nodes, name) })
	c.Exports = slices.DeleteFunc(slices.Clone(c.Exports), func(n v1alpha1.NodeFlowExport) bool { return !slices.Contains(nodes, n.Name) })
	return c
}

// Matching are the nodes with an agent, or with the report of one, that a selector of labels selects, sorted.
func (c Cluster) Matching(selector labels.Selector) []string {
	var names []string
	for name, set := range c.Labels {
		if selector.Matches(labels.Set(set)) && (!slices.Contains(c.OutOfScope, name) || c.reported(name)) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Summary counts nodes.
type Summary struct {
	Generation int64 `json:"generation"`
	// Nodes is how many there are, Reports how many agents reported, Alive how many of these
	// still give signs of life.
	Nodes int `json:"nodes"`
	// OutOfScope is how many more nodes have no agent by intention: the DaemonSet does not select them. Their reports
	// are not counted.
	OutOfScope int `json:"outOfScope,omitempty"`
	Reports    int `json:"reports"`
	Alive      int `json:"alive"`
	// Applied is how many do what this generation wants, Exporting how many of them reach
	// every collector as far as they can see.
	Applied   int `json:"applied"`
	Exporting int `json:"exporting"`
	// Paused is how many a FlowExportProfile pauses. Those among them that differ from the lists count as
	// neither applied nor a problem.
	Paused int `json:"paused,omitempty"`
	// Problems is empty if all is well.
	Problems []Problem `json:"problems,omitempty"`
}

// Summarize counts nodes and lists what is wrong.
func (c Cluster) Summarize() Summary {
	reports := len(c.Exports) - len(c.leftOver())
	s := Summary{Generation: c.Generation, Reports: reports, Nodes: max(len(c.Nodes)-len(c.unknown), reports), OutOfScope: len(c.withoutAgent()), Problems: c.problems()}
	for _, n := range c.Exports {
		if !c.alive(n.Name) {
			continue
		}
		s.Alive++
		if n.Status.Paused() {
			s.Paused++
		}
		if slices.Contains(c.NotReady, n.Name) || !c.upToDate(n) || c.cleaned(n) || !is(n, v1alpha1.ConditionApplied, metav1.ConditionTrue) {
			continue
		}
		s.Applied++
		if is(n, v1alpha1.ConditionExporting, metav1.ConditionTrue) {
			s.Exporting++
		}
	}
	return s
}

// cleaned reports whether a node exports nothing, because its agent runs in mode Cleanup, although there
// are collectors. It applies no list then.
func (c Cluster) cleaned(n v1alpha1.NodeFlowExport) bool {
	return n.Status.Mode == v1alpha1.ModeCleanup && c.wanted() > 0
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
