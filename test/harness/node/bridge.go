package node

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
)

// pod is a pod of a node.
type pod struct {
	// device is its port on br-int; namespace is empty if it has none.
	device, namespace string
	mac               string
	ipv4, ipv6        netip.Addr
}

func newPod(n *Node, number int) pod {
	last := byte(number + 1)
	p := pod{
		device: fmt.Sprintf("pod%d", number),
		mac:    fmt.Sprintf("0a:58:0a:01:%02x:%02x", n.Number, last),
		ipv4:   netip.AddrFrom4([4]byte{10, 1, byte(n.Number), last}),
		ipv6:   netip.MustParseAddr(fmt.Sprintf("fd00:10:1:%x::%x", n.Number, last)),
	}
	if n.namespace != "" {
		p.namespace = n.namespace + "-" + p.device
	}
	return p
}

// PodAddress is the address of a pod; they are counted from 1.
func (n *Node) PodAddress(number int, ipv6 bool) string {
	if ipv6 {
		return n.pods[number-1].ipv6.String()
	}
	return n.pods[number-1].ipv4.String()
}

func (n *Node) podNamespaces() []string {
	var names []string
	for _, p := range n.pods {
		names = append(names, p.namespace)
	}
	return names
}

// addBridge creates br-int with the management port and the pods.
func (n *Node) addBridge(ctx context.Context) error {
	datapath := "dummy"
	if n.namespace != "" {
		datapath = "netdev"
		for _, p := range n.pods {
			if err := n.addPod(ctx, p); err != nil {
				return err
			}
		}
	}
	return n.createBridge(ctx, datapath)
}

// RecreateBridge removes br-int and creates it again, with nothing of what others configured on it.
func (n *Node) RecreateBridge(ctx context.Context) error {
	datapath, err := n.Vsctl(ctx, "get", "Bridge", Bridge, "datapath_type")
	if err != nil {
		return err
	}
	if _, err := n.Vsctl(ctx, "del-br", Bridge); err != nil {
		return err
	}
	return n.createBridge(ctx, datapath)
}

func (n *Node) createBridge(ctx context.Context, datapath string) error {
	args := []string{
		"add-br", Bridge,
		"--", "set", "Bridge", Bridge, "datapath_type=" + datapath, "other_config:disable-in-band=true",
		"--", "add-port", Bridge, ManagementPort,
		"--", "set", "Interface", ManagementPort, "type=internal",
	}
	for _, p := range n.pods {
		args = append(args, "--", "add-port", Bridge, p.device)
	}
	if _, err := n.Vsctl(ctx, args...); err != nil {
		return err
	}
	return n.configureBridge(ctx)
}

// configureBridge configures what the database does not store after a start of ovs-vswitchd: the
// address of the management port and, without OVN, the flows.
func (n *Node) configureBridge(ctx context.Context) error {
	if err := n.waitBridge(ctx); err != nil {
		return err
	}
	if err := n.configureManagementPort(ctx); err != nil || n.ovn != nil {
		return err
	}
	// Pods are reached without learning: a flooded packet would be sampled once a port.
	var flows bytes.Buffer
	flows.WriteString("priority=0,actions=NORMAL\n")
	for _, p := range n.pods {
		fmt.Fprintf(&flows, "priority=1,dl_dst=%s,actions=output:%s\n", p.mac, p.device)
	}
	for _, p := range n.remote {
		fmt.Fprintf(&flows, "priority=1,dl_dst=%s,actions=output:%s\n", p.mac, fabric)
	}
	file := filepath.Join(n.dir, "flows")
	if err := os.WriteFile(file, flows.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write the flows: %w", err)
	}
	_, err := n.Ofctl(ctx, "--names", "replace-flows", Bridge, file)
	return err
}

// addPod creates the namespace of a pod and its connection to the node.
func (n *Node) addPod(ctx context.Context, p pod) error {
	if err := n.network.addNamespace(ctx, p.namespace); err != nil {
		return err
	}
	return n.connectPod(ctx, p, "")
}

// connectPod connects the namespace of a pod to the node. settings are those of the device on the node.
func (n *Node) connectPod(ctx context.Context, p pod, settings string) error {
	err := n.network.ip(
		ctx, p.namespace,
		"link add eth0 type veth peer name "+p.device+settings+" netns "+n.namespace,
		"link set eth0 address "+p.mac+" up",
		"addr add "+p.ipv4.String()+"/24 dev eth0",
		"addr add "+p.ipv6.String()+"/64 dev eth0 nodad",
	)
	if err != nil {
		return err
	}
	if err := fillChecksums(p.namespace, "eth0"); err != nil {
		return err
	}
	return n.network.ip(ctx, n.namespace, "link set "+p.device+" up")
}

// waitBridge waits until the bridge accepts OpenFlow and its ports have numbers.
func (n *Node) waitBridge(ctx context.Context) error {
	devices := []string{ManagementPort}
	for _, p := range n.pods {
		devices = append(devices, p.device)
	}
	if len(n.remote) > 0 {
		devices = append(devices, fabric)
	}
	return poll(ctx, Bridge, func(ctx context.Context) (bool, error) {
		if _, err := n.Ofctl(ctx, "show", Bridge); err != nil {
			return false, err
		}
		for _, device := range devices {
			out, err := n.Vsctl(ctx, "get", "Interface", device, "ofport")
			if err != nil {
				return false, err
			}
			if port, err := strconv.Atoi(out); err != nil || port <= 0 {
				return false, fmt.Errorf("%s has OpenFlow port %s", device, out)
			}
		}
		return true, nil
	})
}

// configureManagementPort gives ovn-k8s-mp0 an address, which sFlow uses as agent address.
func (n *Node) configureManagementPort(ctx context.Context) error {
	address := fmt.Sprintf("10.1.%d.1", n.Number)
	if n.namespace == "" {
		_, err := n.Appctl(ctx, "netdev-dummy/ip4addr", ManagementPort, address+"/24")
		return err
	}
	return n.network.ip(
		ctx, n.namespace,
		"link set "+ManagementPort+" up",
		"addr replace "+address+"/24 dev "+ManagementPort,
		fmt.Sprintf("addr replace fd00:10:1:%x::1/64 dev %s nodad", n.Number, ManagementPort),
	)
}
