package node

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"
)

// lossyWait is how long SendLossy waits for a datagram before it counts as lost. It may come all the same.
const lossyWait = 2 * time.Second

// SendLossy makes a pod send IPv4 datagrams to another one while others flood the node, so that some may be lost. Pods
// are counted from 1. It returns how many were sent and how many came, by source port.
func (n *Node) SendLossy(ctx context.Context, from, to, packets int) (sent, came map[int]int, err error) {
	if n.namespace == "" {
		return nil, nil, errors.New("traffic between pods needs namespaces, which only root can make")
	}
	target := netip.AddrPortFrom(n.pods[to-1].ipv4, DestinationPort)
	receiver, err := openReceiver(n.pods[to-1].namespace, target)
	if err != nil {
		return nil, nil, err
	}
	defer receiver.Close()
	senders, err := openSenders(n.pods[from-1].namespace, n.pods[from-1].ipv4, target, SourcePorts)
	if err != nil {
		return nil, nil, err
	}
	defer closeAll(senders)
	sent, came = map[int]int{}, map[int]int{}
	payload, buffer := make([]byte, 100), make([]byte, 200)
	for i := range packets {
		binary.BigEndian.PutUint32(payload, uint32(i))
		if _, err := senders[i%SourcePorts].Write(payload); err != nil {
			return sent, came, fmt.Errorf("send from pod %d: %w", from, err)
		}
		sent[FirstSourcePort+i%SourcePorts]++
		if err := receiver.SetReadDeadline(time.Now().Add(lossyWait)); err != nil {
			return sent, came, fmt.Errorf("receive in pod %d: %w", to, err)
		}
		if err := receiveUntil(receiver, buffer, i, came); err != nil {
			return sent, came, fmt.Errorf("receive in pod %d: %w", to, err)
		}
		if err := ctx.Err(); err != nil {
			return sent, came, err
		}
	}
	return sent, came, nil
}

// receiveUntil receives until a datagram came, or counts as lost.
func receiveUntil(receiver *net.UDPConn, buffer []byte, number int, came map[int]int) error {
	for {
		_, source, err := receiver.ReadFromUDPAddrPort(buffer)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
		came[int(source.Port())]++
		if int(binary.BigEndian.Uint32(buffer)) == number {
			return nil
		}
	}
}

// Within calls fn on a thread in the namespace of the node. Sockets that fn opens stay in it.
func (n *Node) Within(fn func() error) error { return inNamespace(n.namespace, fn) }

// IP runs "ip -batch" with one command per line in the namespace of the node.
func (n *Node) IP(ctx context.Context, lines ...string) error {
	if n.namespace == "" {
		return errors.New("the network of a node can be changed only in a namespace, which only root can make")
	}
	return n.network.ip(ctx, n.namespace, lines...)
}
