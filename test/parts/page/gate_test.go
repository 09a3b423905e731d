package page

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// gate passes connections to the API server, and can be closed.
type gate struct {
	address string
	target  string

	mu     sync.Mutex
	closed bool
	open   map[net.Conn]bool
}

func newGate(t *testing.T) *gate {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	g := &gate{address: listener.Addr().String(), target: strings.TrimSuffix(strings.TrimPrefix(shared.Config.Host, "https://"), "/"), open: map[net.Conn]bool{}}
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return // closed
			}
			if to, err := net.Dial("tcp", g.target); err == nil && g.add(from, to) {
				go pass(from, to)
				go pass(to, from)
			}
		}
	}()
	return g
}

func pass(to, from net.Conn) {
	_, _ = io.Copy(to, from) // ends when either side closes
	_ = to.Close()
}

// add takes up connections, or closes them if the gate is closed.
func (g *gate) add(list ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range list {
		if g.closed {
			_ = c.Close()
		} else {
			g.open[c] = true
		}
	}
	return !g.closed
}

// set opens the gate, or closes it and all connections.
func (g *gate) set(closed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed = closed; closed {
		for c := range g.open {
			_ = c.Close()
		}
		clear(g.open)
	}
}
