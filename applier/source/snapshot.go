package source

import (
	"fmt"
	"slices"

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
		tenants := c.tenants.What()
		unsynced := slices.DeleteFunc(c.Failing(), func(what string) bool { return what == tenants })
		var s agent.Snapshot
		s.Unsynced, s.Status = unsynced, c.reported()
		if s.Status != nil {
			s.LastProfile = s.Status.Profile
		}
		return s, len(unsynced) > 0
	}
	if !c.tenants.HasSynced() && c.tenants.FailingFor() == 0 {
		return agent.Snapshot{}, false // soon
	}
	profiles, doubt, ok := c.retained.take(c.profiles.Objects())
	if !ok {
		return agent.Snapshot{}, false // soon
	}
	s, err := c.snapshot(profiles)
	if err != nil {
		c.log.Error(err, "the cluster's configuration can't be read, changing nothing")
		return agent.Snapshot{}, false
	}
	if doubt != "" {
		s.ProfilesUnknown = "it is unknown which FlowExportProfiles there are: " + doubt
	}
	return s, true
}

func (c *Cluster) snapshot(profiles []*unstructured.Unstructured) (agent.Snapshot, error) {
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
	for _, u := range profiles {
		var p v1alpha1.FlowExportProfile
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &p); err != nil {
			return s, fmt.Errorf("FlowExportProfile %s: %w", u.GetName(), err)
		}
		s.Profiles = append(s.Profiles, p)
	}
	for _, u := range c.tenants.Objects() {
		var f v1alpha1.FlowExport
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &f); err != nil {
			c.log.Error(err, "a FlowExport can't be read, nothing is sent for it", "namespace", u.GetNamespace(), "name", u.GetName())
			continue
		}
		read, accepted, err := desired.ReadFlowExport(f)
		if err != nil {
			c.log.Error(err, "a FlowExport can't be used, nothing is sent for it")
		}
		switch {
		case accepted:
			s.FlowExports = append(s.FlowExports, read)
		case desired.Denied(f):
			s.DeniedFlowExports = append(s.DeniedFlowExports, read.UID)
		}
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
		s.Status, s.Verify, s.LastProfile = &n.Status, n.Annotations[v1alpha1.AnnotationVerify], n.Status.Profile
	}
	return s, nil
}
