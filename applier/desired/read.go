package desired

import (
	"fmt"
	"net/netip"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilnet "k8s.io/utils/net"

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
// address there. As its util.GetNodePrimaryIP, it is the first InternalIP or, without one, the
// first ExternalIP, read with leading zeros and as IPv4 where it is IPv4-mapped.
func nodeAddress(u *unstructured.Unstructured) netip.Addr {
	list, _, err := unstructured.NestedSlice(u.Object, "status", "addresses")
	if err != nil {
		return netip.Addr{}
	}
	for _, kind := range []string{"InternalIP", "ExternalIP"} {
		for _, item := range list {
			entry, ok := item.(map[string]any)
			if !ok || entry["type"] != kind {
				continue
			}
			text, _ := entry["address"].(string)
			if address, ok := netip.AddrFromSlice(utilnet.ParseIPSloppy(text)); ok {
				return address.Unmap()
			}
		}
	}
	return netip.Addr{}
}
