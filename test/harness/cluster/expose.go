package cluster

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
)

// Exposed is the API server at another address of this machine.
type Exposed struct {
	// Address has a port.
	Address string

	mu    sync.Mutex
	conns map[net.Conn]bool
	shut  bool
}

// Expose forwards connections from an address of this machine to the API server, which
// listens on loopback only, until ctx ends.
func (c *ControlPlane) Expose(ctx context.Context, host string) (*Exposed, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, fmt.Errorf("expose the API server: %w", err)
	}
	e := &Exposed{Address: listener.Addr().String(), conns: map[net.Conn]bool{}}
	target := strings.TrimSuffix(strings.TrimPrefix(c.Config.Host, "https://"), "/")
	context.AfterFunc(ctx, func() { _ = listener.Close() })
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return // closed
			}
			go e.forward(ctx, from, target)
		}
	}()
	return e, nil
}

// Cut ends all connections; clients may connect again.
func (e *Exposed) Cut() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for conn := range e.conns {
		_ = conn.Close()
	}
}

// Shut ends all connections and all new ones, until Open.
func (e *Exposed) Shut() {
	e.mu.Lock()
	e.shut = true
	e.mu.Unlock()
	e.Cut()
}

// Open ends a Shut.
func (e *Exposed) Open() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.shut = false
}

// enter registers a connection; false if it may not go on.
func (e *Exposed) enter(conn net.Conn) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.shut {
		e.conns[conn] = true
	}
	return !e.shut
}

func (e *Exposed) leave(conn net.Conn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.conns, conn)
}

// forward copies both ways until one side ends.
func (e *Exposed) forward(ctx context.Context, from net.Conn, target string) {
	defer from.Close()
	if !e.enter(from) {
		return
	}
	defer e.leave(from)
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
