package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// FloodOptions say what Flood sends.
type FloodOptions struct {
	// Flows is the number of source ports, which send in turn. Each is a separate flow.
	Flows int
	// Size is the size of the payload in bytes.
	Size int
}

// FloodResult is how many datagrams pod 1 sent and pod 2 received.
type FloodResult struct {
	Sent, Received int64
	Duration       time.Duration
}

// Flood makes pod 1 send IPv4 datagrams to pod 2 as fast as possible until the context ends, and
// counts the received ones.
func (n *Node) Flood(ctx context.Context, options FloodOptions) (FloodResult, error) {
	if n.namespace == "" {
		return FloodResult{}, errors.New("a flood needs a network with namespaces")
	}
	target := netip.AddrPortFrom(n.pods[1].ipv4, DestinationPort)
	receiver, err := openReceiver(n.pods[1].namespace, target)
	if err != nil {
		return FloodResult{}, err
	}
	defer receiver.Close()
	senders, err := openSenders(n.pods[0].namespace, n.pods[0].ipv4, target, max(1, options.Flows))
	if err != nil {
		return FloodResult{}, err
	}
	defer closeAll(senders)
	var received atomic.Int64
	var group errgroup.Group
	group.Go(func() error {
		buffer := make([]byte, 65536)
		for {
			if _, _, err := receiver.ReadFromUDPAddrPort(buffer); errors.Is(err, net.ErrClosed) {
				return nil
			} else if err != nil {
				return fmt.Errorf("receive in pod 2: %w", err)
			}
			received.Add(1)
		}
	})
	start := time.Now()
	sent, err := sendUntil(ctx, senders, make([]byte, options.Size))
	result := FloodResult{Sent: sent, Duration: time.Since(start)}
	_ = receiver.Close()
	err = errors.Join(err, group.Wait())
	result.Received = received.Load()
	return result, err
}

// sendUntil sends from all sockets in turn until the context ends.
func sendUntil(ctx context.Context, senders []*net.UDPConn, payload []byte) (int64, error) {
	var sent int64
	for ctx.Err() == nil {
		for _, sender := range senders {
			_, err := sender.Write(payload)
			// A full queue is what a flood is about; it is not sent then.
			if errors.Is(err, unix.ENOBUFS) {
				continue
			}
			if err != nil {
				return sent, fmt.Errorf("send from pod 1: %w", err)
			}
			sent++
		}
	}
	return sent, nil
}
