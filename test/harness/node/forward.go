package node

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
)

// Forward lets programs on the node reach a TCP address in the namespace of this process, such as that
// of an API server on loopback, with a certificate for it. It listens on the same port of the
// loopback address of the node until the context ends.
func (n *Node) Forward(ctx context.Context, address string) error {
	if n.namespace == "" {
		return nil // the node's loopback is this process's
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("forward to %s: %w", address, err)
	}
	var listener net.Listener
	err = inNamespace(n.namespace, func() error {
		var err error
		listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", port))
		return err
	})
	if err != nil {
		return fmt.Errorf("forward to %s: %w", address, err)
	}
	context.AfterFunc(ctx, func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed
			}
			go relay(ctx, conn, address)
		}
	}()
	return nil
}

// relay copies between a connection and a new one to an address until either ends.
func relay(ctx context.Context, conn net.Conn, address string) {
	defer conn.Close()
	other, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return
	}
	defer other.Close()
	stop := context.AfterFunc(ctx, func() {
		_ = conn.Close()
		_ = other.Close()
	})
	defer stop()
	var both sync.WaitGroup
	both.Go(func() { copyHalf(other, conn) })
	both.Go(func() { copyHalf(conn, other) })
	both.Wait()
}

// copyHalf copies what one side sends, including the end.
func copyHalf(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	if tcp, ok := to.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
}
