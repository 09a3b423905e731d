package node

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// SetOwner sets the external IDs of a pod's interface as OVN-Kubernetes does. Pods are counted from 1. The
// empty owner removes it.
func (n *Node) SetOwner(ctx context.Context, number int, ifaceID string) error {
	device := n.pods[number-1].device
	args := append([]string{"--no-wait"}, ownerArguments(device, ifaceID)...)
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

// ReplacePod ends a pod, and gives everything that it had to another one at once: its port's name and number in
// the kernel, and its addresses. The interface gets its external IDs in the transaction that adds the port, as
// from OVN-Kubernetes. Pods are counted from 1.
func (n *Node) ReplacePod(ctx context.Context, number int, ifaceID string) error {
	p := n.pods[number-1]
	index := 0
	err := inNamespace(n.namespace, func() error {
		device, err := net.InterfaceByName(p.device)
		if err == nil {
			index = device.Index
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("look at %s: %w", p.device, err)
	}
	// Were the port replaced in one transaction, ovs-vswitchd would keep the socket of the old device.
	if _, err := n.Vsctl(ctx, "del-port", Bridge, p.device); err != nil {
		return err
	}
	if err := n.network.ip(ctx, p.namespace, "link del eth0"); err != nil {
		return err
	}
	if err := errors.Join(n.connectPod(ctx, p, fmt.Sprintf(" index %d", index)), n.routePod(ctx, p)); err != nil {
		return err
	}
	args := append([]string{"add-port", Bridge, p.device, "--"}, ownerArguments(p.device, ifaceID)...)
	if _, err := n.Vsctl(ctx, args...); err != nil {
		return err
	}
	return n.configureBridge(ctx)
}

// ownerArguments set the external IDs of an interface.
func ownerArguments(device, ifaceID string) []string {
	return []string{
		"set", "Interface", device, fmt.Sprintf("external_ids:iface-id=%q", ifaceID),
		fmt.Sprintf("external_ids:sandbox=%q", "sandbox-of-"+ifaceID), fmt.Sprintf("external_ids:iface-id-ver=%q", "uid-of-"+ifaceID),
	}
}
