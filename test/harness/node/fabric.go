package node

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
)

// fabric is the port of br-int that leads to the pods of other nodes.
const fabric = "fabric"

// Connect connects the pods of nodes: br-int of each gets a port to a switch between them, as it has a tunnel on a real
// cluster. It needs a network with namespaces.
func Connect(ctx context.Context, nodes ...*Node) error {
	network := nodes[0].network
	if !network.isolated {
		return errors.New("nodes are connected by namespaces, which only root can make")
	}
	if err := network.ip(ctx, network.outside(), "link add fabric type bridge forward_delay 0", "link set fabric up"); err != nil {
		return err
	}
	for _, n := range nodes {
		end := fmt.Sprintf("fabric%d", n.Number)
		if err := network.ip(ctx, n.namespace, "link add "+fabric+" type veth peer name "+end+" netns "+network.outside(), "link set "+fabric+" up"); err != nil {
			return err
		}
		if err := network.ip(ctx, network.outside(), "link set "+end+" master fabric up"); err != nil {
			return err
		}
		if _, err := n.Vsctl(ctx, "add-port", Bridge, fabric); err != nil {
			return err
		}
		for _, other := range nodes {
			if other != n {
				n.remote = append(n.remote, other.pods...)
			}
		}
		for _, p := range n.pods {
			if err := n.routePod(ctx, p); err != nil {
				return err
			}
		}
		if err := n.configureBridge(ctx); err != nil {
			return err
		}
	}
	return nil
}

// routePod lets a pod reach those of other nodes.
func (n *Node) routePod(ctx context.Context, p pod) error {
	if len(n.remote) == 0 {
		return nil
	}
	return n.network.ip(ctx, p.namespace, "route replace 10.1.0.0/16 dev eth0", "route replace fd00:10:1::/48 dev eth0")
}

// SendTo is like SendBetween, to a pod of another node.
func (n *Node) SendTo(ctx context.Context, from int, other *Node, to, packets int) error {
	for _, ipv6 := range []bool{false, true} {
		if err := n.send(ctx, n.pods[from-1], other.pods[to-1], packets, ipv6, true); err != nil {
			return fmt.Errorf("traffic from pod %d of node %s to pod %d of node %s: %w", from, n.Name, to, other.Name, err)
		}
	}
	return nil
}

// ChangeAddress makes a pod send from another address than the one that it was given.
func (n *Node) ChangeAddress(ctx context.Context, number int, address string) error {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return fmt.Errorf("change the address of a pod: %w", err)
	}
	p := &n.pods[number-1]
	if ip.Is6() {
		p.ipv6 = ip
		return n.network.ip(ctx, p.namespace, "addr add "+address+"/128 dev eth0 nodad")
	}
	p.ipv4 = ip
	return n.network.ip(ctx, p.namespace, "addr add "+address+"/32 dev eth0")
}
