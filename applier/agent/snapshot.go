package agent

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"reflect"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/cache"

	"sluice/api/v1alpha1"
	"sluice/validation"
)

// Inputs is what the watches know now; false if one of them has not begun, or what it saw
// can't be read: what is wanted is unknown then, and nothing may be changed.
func (c *Cluster) Inputs() (Snapshot, bool) {
	if !c.synced() {
		return Snapshot{}, false
	}
	s, err := c.snapshot()
	if err != nil {
		c.log.Error(err, "what is wanted can't be read; nothing is changed")
		return Snapshot{}, false
	}
	return s, true
}

func (c *Cluster) snapshot() (Snapshot, error) {
	var s Snapshot
	if u := only(c.network); u != nil {
		network, err := ReadNetwork(u)
		if err != nil {
			return s, err
		}
		s.Network = &network
	}
	if u := only(c.flowsConfig); u != nil {
		data, _, err := unstructured.NestedStringMap(u.Object, "data")
		if err != nil {
			return s, fmt.Errorf("ConfigMap %s: %w", u.GetName(), err)
		}
		s.FlowsConfig = data
		if data == nil {
			s.FlowsConfig = map[string]string{}
		}
	}
	for _, item := range c.profiles.GetStore().List() {
		var p v1alpha1.FlowExportProfile
		u := item.(*unstructured.Unstructured) //nolint:forcetypeassert // the informer's type
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &p); err != nil {
			return s, fmt.Errorf("FlowExportProfile %s: %w", u.GetName(), err)
		}
		s.Profiles = append(s.Profiles, p)
	}
	s.Node, s.NodeMissing = Node{Name: c.node}, true
	if u := only(c.nodes); u != nil {
		s.Node, s.NodeMissing = ReadNode(u), false
	}
	if u := only(c.exports); u != nil {
		var n v1alpha1.NodeFlowExport
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &n); err != nil {
			return s, fmt.Errorf("NodeFlowExport: %w", err)
		}
		s.Status, s.Verify = &n.Status, n.Annotations[v1alpha1.AnnotationVerify]
	}
	return s, nil
}

// only is the one object of an informer; nil if there is none.
func only(informer cache.SharedIndexInformer) *unstructured.Unstructured {
	for _, item := range informer.GetStore().List() {
		return item.(*unstructured.Unstructured) //nolint:forcetypeassert // the informer's type
	}
	return nil
}

// ReadNetwork reads what a review needs of a Network.operator.
func ReadNetwork(u *unstructured.Unstructured) (Network, error) {
	n := Network{Object: validation.Object{Resource: validation.Network, Name: u.GetName()}, UID: string(u.GetUID()), Generation: u.GetGeneration()}
	object := &n.Object
	for _, field := range []struct {
		path  []string
		value *validation.Value
	}{
		{[]string{"spec", "exportNetworkFlows"}, &object.ExportNetworkFlows},
		{[]string{"spec", "clusterNetwork"}, &object.ClusterNetwork},
		{[]string{"spec", "serviceNetwork"}, &object.ServiceNetwork},
		{[]string{"spec", "defaultNetwork", "type"}, &object.NetworkType},
		{[]string{"spec", "managementState"}, &object.ManagementState},
	} {
		found, ok, err := unstructured.NestedFieldNoCopy(u.Object, field.path...)
		if err != nil || !ok {
			continue // not an object on the way there: as if it were missing
		}
		text, err := json.Marshal(found)
		if err != nil {
			return n, fmt.Errorf("read Network.operator: %w", err)
		}
		if *field.value, err = validation.ParseJSON(text); err != nil {
			return n, fmt.Errorf("read Network.operator: %w", err)
		}
	}
	return n, nil
}

// ReadNode reads what counts of a Node.
func ReadNode(u *unstructured.Unstructured) Node {
	return Node{Name: u.GetName(), UID: string(u.GetUID()), Labels: u.GetLabels(), Address: nodeAddress(u)}
}

// nodeAddress is a node's primary address: OVN-Kubernetes sends a target without an
// address there.
func nodeAddress(u *unstructured.Unstructured) netip.Addr {
	list, _, err := unstructured.NestedSlice(u.Object, "status", "addresses")
	if err != nil {
		return netip.Addr{}
	}
	for _, item := range list {
		entry, ok := item.(map[string]any)
		if !ok || entry["type"] != "InternalIP" {
			continue
		}
		if text, ok := entry["address"].(string); ok {
			if address, err := netip.ParseAddr(text); err == nil {
				return address
			}
		}
	}
	return netip.Addr{}
}

// sameButVersion reports whether two versions of an object differ in nothing but their
// resource version.
func sameButVersion(a, b *unstructured.Unstructured) bool {
	return reflect.DeepEqual(withoutVersion(a), withoutVersion(b))
}

func withoutVersion(u *unstructured.Unstructured) map[string]any {
	content := maps.Clone(u.Object)
	metadata, ok := content["metadata"].(map[string]any)
	if ok {
		metadata = maps.Clone(metadata)
		delete(metadata, "resourceVersion")
		content["metadata"] = metadata
	}
	return content
}
