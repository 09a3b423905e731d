package cluster

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
)

// Expose forwards connections from an address of this machine to the API server, which
// listens on loopback only, until ctx ends. It returns the address with the port.
func (c *ControlPlane) Expose(ctx context.Context, host string) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return "", fmt.Errorf("expose the API server: %w", err)
	}
	target := strings.TrimSuffix(strings.TrimPrefix(c.Config.Host, "https://"), "/")
	context.AfterFunc(ctx, func() { _ = listener.Close() })
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return // closed
			}
			go forward(ctx, from, target)
		}
	}()
	return listener.Addr().String(), nil
}

// forward copies both ways until one side ends.
func forward(ctx context.Context, from net.Conn, target string) {
	defer from.Close()
	to, err := (&net.Dialer{}).DialContext(ctx, "tcp", target)
	if err != nil {
		return // the API server was stopped; the client gets an error
	}
	defer to.Close()
	stop := context.AfterFunc(ctx, func() { _ = from.Close(); _ = to.Close() })
	defer stop()
	done := make(chan struct{}, 2)
	for _, pair := range [][2]net.Conn{{from, to}, {to, from}} {
		go func() {
			_, _ = io.Copy(pair[0], pair[1]) // ends when either side closes
			done <- struct{}{}
		}()
	}
	<-done
}
