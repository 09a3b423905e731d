package board

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
)

// Node is all that is known of one node.
type Node struct {
	Name string `json:"name"`
	// Report says whether the node has a report.
	Report     bool            `json:"report"`
	Old        bool            `json:"old,omitempty"`
	Renewed    *time.Time      `json:"renewed,omitempty"`
	Mode       string          `json:"mode,omitempty"`
	Profile    string          `json:"profile,omitempty"`
	Bridge     string          `json:"bridge,omitempty"`
	OVS        string          `json:"ovs,omitempty"`
	Generation int64           `json:"generation,omitempty"`
	Conditions []NodeCondition `json:"conditions"`
	Collectors []NodeCollector `json:"collectors"`
}

// NodeCondition is a condition of a report.
type NodeCondition struct {
	Type    string     `json:"type"`
	Status  string     `json:"status"`
	Reason  string     `json:"reason"`
	Message string     `json:"message"`
	Since   *time.Time `json:"since,omitempty"`
}

// NodeCollector is the state of a collector on a node.
type NodeCollector struct {
	Format string     `json:"format"`
	Target string     `json:"target"`
	State  string     `json:"state"`
	Reason string     `json:"reason,omitempty"`
	Since  *time.Time `json:"since,omitempty"`
}

// Node finds a node by name. It is false if neither a Node nor a report has the name.
func (f Facts) Node(name string) (Node, bool) {
	node := Node{Name: name, Conditions: []NodeCondition{}, Collectors: []NodeCollector{}}
	if h, ok := f.Cluster.Heartbeats[name]; ok {
		renewed := h.Renewed.UTC()
		node.Renewed = &renewed
	}
	for _, n := range f.Cluster.Exports {
		if n.Name == name {
			node.read(n, func(t metav1.Time) *time.Time {
				if t.IsZero() {
					return nil
				}
				return moment(metav1.NewTime(f.Cluster.ServerTime(name, t.Time)))
			})
			node.Old = f.Cluster.Old(name)
			return node, true
		}
	}
	return node, slices.Contains(f.Cluster.Nodes, name)
}

func (d *Node) read(n v1alpha1.NodeFlowExport, moment func(metav1.Time) *time.Time) {
	s := n.Status
	d.Report, d.Mode, d.Profile, d.Bridge = true, string(s.Mode), cut(s.Profile), cut(s.Bridge)
	d.OVS, d.Generation = cut(s.OVSVersion), s.ObservedGeneration
	for _, c := range first(s.Conditions, maxLines) {
		d.Conditions = append(d.Conditions, NodeCondition{c.Type, string(c.Status), cut(c.Reason), cut(c.Message), moment(c.LastTransitionTime)})
	}
	for _, f := range s.Formats {
		for _, c := range first(f.Collectors, maxLines) {
			d.Collectors = append(d.Collectors, NodeCollector{string(f.Format), cut(c.Target), string(c.State), cut(c.Reason), moment(c.Since)})
		}
	}
}
