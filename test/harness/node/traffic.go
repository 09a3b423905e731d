package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"
)

// The ports of the pods' traffic: UDP from four ports, so that there are several flows.
const (
	FirstSourcePort = 40001
	SourcePorts     = 4
	DestinationPort = 5001
)

// Traffic makes pod 1 send UDP datagrams to pod 2, the same number over IPv4 and over IPv6. It waits for
// each datagram before it sends the next one, so exactly this number passes br-int.
func (n *Node) Traffic(ctx context.Context, packets int) error {
	if n.namespace == "" {
		return n.dummyTraffic(ctx, packets)
	}
	for _, ipv6 := range []bool{false, true} {
		if err := n.send(ctx, n.pods[0], n.pods[1], packets, ipv6, true); err != nil {
			return fmt.Errorf("traffic on node %s: %w", n.Name, err)
		}
	}
	return nil
}

// Send is like Traffic for packets that may be lost. It does not wait for them to arrive.
func (n *Node) Send(ctx context.Context, packets int) error {
	if n.namespace == "" {
		return n.dummyTraffic(ctx, packets)
	}
	for _, ipv6 := range []bool{false, true} {
		if err := n.send(ctx, n.pods[0], n.pods[1], packets, ipv6, false); err != nil {
			return fmt.Errorf("traffic on node %s: %w", n.Name, err)
		}
	}
	return nil
}

// send sends from a pod to another one with one protocol.
func (n *Node) send(ctx context.Context, sender, receiving pod, packets int, ipv6, await bool) error {
	from, to := sender.ipv4, receiving.ipv4
	if ipv6 {
		from, to = sender.ipv6, receiving.ipv6
	}
	target := netip.AddrPortFrom(to, DestinationPort)
	receiver, err := openReceiver(receiving.namespace, target)
	if err != nil {
		return err
	}
	defer receiver.Close()
	senders, err := openSenders(sender.namespace, from, target, SourcePorts)
	if err != nil {
		return err
	}
	defer closeAll(senders)
	deadline := time.Now().Add(20 * time.Second)
	if own, ok := ctx.Deadline(); ok && own.Before(deadline) {
		deadline = own
	}
	if err := receiver.SetReadDeadline(deadline); err != nil {
		return fmt.Errorf("receive in pod 2: %w", err)
	}
	payload, buffer := make([]byte, 100), make([]byte, 200)
	for i := range packets {
		if _, err := senders[i%len(senders)].Write(payload); err != nil {
			return fmt.Errorf("send from pod 1: %w", err)
		}
		if !await {
			continue
		}
		if _, _, err := receiver.ReadFromUDPAddrPort(buffer); err != nil {
			return fmt.Errorf("receive datagram %d of %d in pod 2: %w", i+1, packets, err)
		}
	}
	return ctx.Err()
}

// openReceiver opens the socket that the pods' traffic is sent to.
func openReceiver(namespace string, target netip.AddrPort) (*net.UDPConn, error) {
	var receiver *net.UDPConn
	err := inNamespace(namespace, func() error {
		var err error
		receiver, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(target))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listen in pod 2: %w", err)
	}
	return receiver, nil
}

// openSenders opens one socket for each of some source ports.
func openSenders(namespace string, from netip.Addr, target netip.AddrPort, ports int) ([]*net.UDPConn, error) {
	var senders []*net.UDPConn
	err := inNamespace(namespace, func() error {
		for i := range ports {
			source := net.UDPAddrFromAddrPort(netip.AddrPortFrom(from, uint16(FirstSourcePort+i)))
			conn, err := net.DialUDP("udp", source, net.UDPAddrFromAddrPort(target))
			if err != nil {
				return fmt.Errorf("open a socket in pod 1: %w", err)
			}
			senders = append(senders, conn)
		}
		return nil
	})
	if err != nil {
		closeAll(senders)
		return nil, err
	}
	return senders, nil
}

func closeAll(conns []*net.UDPConn) {
	for _, conn := range conns {
		_ = conn.Close()
	}
}

// dummyTraffic injects packets of pod 1 into the dummy datapath, many with one call of ovs-appctl.
func (n *Node) dummyTraffic(ctx context.Context, packets int) error {
	const batch = 100
	var args []string
	for i := range packets {
		for _, ipv6 := range []bool{false, true} {
			args = append(args, n.dummyPacket(FirstSourcePort+i%SourcePorts, ipv6))
		}
		if len(args) >= batch || i == packets-1 {
			out, err := n.Appctl(ctx, append([]string{"netdev-dummy/receive", n.pods[0].device}, args...)...)
			if err != nil {
				return err
			}
			if out != "" {
				return errors.New("netdev-dummy/receive: " + out)
			}
			args = args[:0]
		}
	}
	return nil
}

// dummyPacket is a datagram from pod 1 to pod 2 in the notation of the datapath.
func (n *Node) dummyPacket(port int, ipv6 bool) string {
	from, to := n.pods[0], n.pods[1]
	var b strings.Builder
	fmt.Fprintf(&b, "in_port(1),eth(src=%s,dst=%s),", from.mac, to.mac)
	if ipv6 {
		fmt.Fprintf(&b, "eth_type(0x86dd),ipv6(src=%s,dst=%s,label=0,proto=17,tclass=0,hlimit=64,frag=no),", from.ipv6, to.ipv6)
	} else {
		fmt.Fprintf(&b, "eth_type(0x0800),ipv4(src=%s,dst=%s,proto=17,tos=0,ttl=64,frag=no),", from.ipv4, to.ipv4)
	}
	fmt.Fprintf(&b, "udp(src=%d,dst=%d)", port, DestinationPort)
	return b.String()
}
