package cluster

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
)

// Proxy forwards connections to the API server until it is told not to.
type Proxy struct {
	// Address is where it listens, on loopback, for which the certificate of the API server is
	// valid.
	Address string

	ctx    context.Context //nolint:containedctx // it ends the connections
	target string

	mu          sync.Mutex
	listener    net.Listener
	connections map[net.Conn]bool
	// flowing is closed while bytes are forwarded.
	flowing chan struct{}
}

// Proxy starts a proxy for the API server, which ends with ctx.
func (c *ControlPlane) Proxy(ctx context.Context) (*Proxy, error) {
	p := &Proxy{
		Address: "127.0.0.1:0", ctx: ctx, target: strings.TrimSuffix(strings.TrimPrefix(c.Config.Host, "https://"), "/"),
		connections: map[net.Conn]bool{}, flowing: make(chan struct{}),
	}
	close(p.flowing)
	context.AfterFunc(ctx, p.Cut)
	return p, p.listen()
}

func (p *Proxy) listen() error {
	listener, err := (&net.ListenConfig{}).Listen(p.ctx, "tcp", p.Address)
	if err != nil {
		return fmt.Errorf("listen for the proxy: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listener, p.Address = listener, listener.Addr().String()
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return // closed
			}
			go p.forward(from)
		}
	}()
	return nil
}

// Cut closes all connections and refuses new ones.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		_ = p.listener.Close() // nothing else can be done
		p.listener = nil
	}
	for c := range p.connections {
		_ = c.Close() // its loops end
	}
}

// BlackHole keeps all connections and accepts new ones, but forwards nothing.
func (p *Proxy) BlackHole() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.flowing:
		p.flowing = make(chan struct{})
	default: // it is one already
	}
}

// Restore forwards again.
func (p *Proxy) Restore() error {
	p.mu.Lock()
	select {
	case <-p.flowing:
	default:
		close(p.flowing)
	}
	closed := p.listener == nil
	p.mu.Unlock()
	if closed {
		return p.listen()
	}
	return nil
}

// track keeps a connection for Cut. It returns false if the proxy is cut already.
func (p *Proxy) track(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.connections[c] = true
	return p.listener != nil
}

func (p *Proxy) untrack(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.connections, c)
	_ = c.Close() // it may be closed
}

func (p *Proxy) forward(from net.Conn) {
	defer p.untrack(from)
	if !p.track(from) || !p.wait() {
		return
	}
	to, err := (&net.Dialer{}).DialContext(p.ctx, "tcp", p.target)
	if err != nil {
		return // the API server was stopped; the client gets an error
	}
	defer p.untrack(to)
	if !p.track(to) {
		return
	}
	done := make(chan struct{}, 2)
	for _, pair := range [][2]net.Conn{{from, to}, {to, from}} {
		go func() {
			_, _ = io.Copy(gate{pair[0], p}, pair[1]) // ends when either side closes
			done <- struct{}{}
		}()
	}
	<-done
}

// wait waits until bytes are forwarded; false if the proxy ended.
func (p *Proxy) wait() bool {
	p.mu.Lock()
	flowing := p.flowing
	p.mu.Unlock()
	select {
	case <-flowing:
		return true
	case <-p.ctx.Done():
		return false
	}
}

// gate delays writes while the proxy is a black hole.
type gate struct {
	io.Writer
	proxy *Proxy
}

// Write implements [io.Writer].
func (g gate) Write(b []byte) (int, error) {
	if !g.proxy.wait() {
		return 0, net.ErrClosed
	}
	return g.Writer.Write(b)
}

// Health is the URL of the readiness probe.
func (s *Sluice) Health() string { return s.health }
