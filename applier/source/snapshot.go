package source

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/api/v1alpha1"
	"sluice/applier/agent"
	"sluice/applier/desired"
)

// Inputs is what the watches know now; false if one of them has not begun or its objects
// can't be read: the desired state is unknown then, and nothing may be changed. If a watch fails for
// longer than a moment, the inputs name it, and have nothing else.
func (c *Cluster) Inputs() (agent.Snapshot, bool) {
	if !c.synced() {
		// Soon, or not at all, for example without the right to read it. Then the report says so.
		unsynced := c.Failing()
		var s agent.Snapshot
		s.Unsynced = unsynced
		return s, len(unsynced) > 0
	}
	s, err := c.snapshot()
	if err != nil {
		c.log.Error(err, "the cluster's configuration can't be read, changing nothing")
		return agent.Snapshot{}, false
	}
	return s, true
}

func (c *Cluster) snapshot() (agent.Snapshot, error) {
	var s agent.Snapshot
	if u := c.network.Object(); u != nil {
		network, err := desired.ReadNetwork(u)
		if err != nil {
			return s, err
		}
		s.Network = &network
	}
	if u := c.flowsConfig.Object(); u != nil {
		data, _, err := unstructured.NestedStringMap(u.Object, "data")
		if err != nil {
			return s, fmt.Errorf("ConfigMap %s: %w", u.GetName(), err)
		}
		s.FlowsConfig = data
		if data == nil {
			s.FlowsConfig = map[string]string{}
		}
	}
	for _, u := range c.profiles.Objects() {
		var p v1alpha1.FlowExportProfile
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &p); err != nil {
			return s, fmt.Errorf("FlowExportProfile %s: %w", u.GetName(), err)
		}
		s.Profiles = append(s.Profiles, p)
	}
	s.Node, s.NodeMissing = desired.Node{Name: c.node}, true
	if u := c.nodes.Object(); u != nil {
		s.Node, s.NodeMissing = desired.ReadNode(u), false
	}
	if u := c.exports.Object(); u != nil {
		var n v1alpha1.NodeFlowExport
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &n); err != nil {
			return s, fmt.Errorf("NodeFlowExport: %w", err)
		}
		s.Status, s.Verify = &n.Status, n.Annotations[v1alpha1.AnnotationVerify]
	}
	return s, nil
}
