package desired

import (
	"fmt"
	"net/netip"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/validation"
)

// ReadNetwork reads what a review needs of a Network.operator.
func ReadNetwork(u *unstructured.Unstructured) (Network, error) {
	object, err := validation.FromMap(validation.Network, u.Object)
	if err != nil {
		err = fmt.Errorf("read Network.operator: %w", err)
	}
	return Network{Object: object, UID: string(u.GetUID()), Generation: u.GetGeneration()}, err
}

// ReadNode reads what is used of a Node.
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
