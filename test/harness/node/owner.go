package node

import (
	"context"
	"errors"
	"fmt"
)

// SetOwner sets the external IDs of a pod's interface as OVN-Kubernetes does. Pods are counted from 1. The
// empty owner removes it.
func (n *Node) SetOwner(ctx context.Context, number int, ifaceID string) error {
	device := n.pods[number-1].device
	args := []string{
		"--no-wait", "set", "Interface", device, fmt.Sprintf("external_ids:iface-id=%q", ifaceID),
		fmt.Sprintf("external_ids:sandbox=%q", "sandbox-of-"+ifaceID), fmt.Sprintf("external_ids:iface-id-ver=%q", "uid-of-"+ifaceID),
	}
	if ifaceID == "" {
		args = []string{"--no-wait", "remove", "Interface", device, "external_ids", "iface-id"}
	}
	_, err := n.Vsctl(ctx, args...)
	return err
}

// SendBetween makes a pod send UDP datagrams to another one, the same number over IPv4 and over IPv6. Pods
// are counted from 1. It waits for each datagram before it sends the next one.
func (n *Node) SendBetween(ctx context.Context, from, to, packets int) error {
	if n.namespace == "" {
		return errors.New("traffic between pods needs namespaces, which only root can make")
	}
	for _, ipv6 := range []bool{false, true} {
		if err := n.send(ctx, n.pods[from-1], n.pods[to-1], packets, ipv6, true); err != nil {
			return fmt.Errorf("traffic on node %s from pod %d to pod %d: %w", n.Name, from, to, err)
		}
	}
	return nil
}
