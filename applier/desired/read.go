package desired

import (
	"encoding/json"
	"fmt"
	"net/netip"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/validation"
)

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
