// Package connections bounds the connections of a server, in total and from one address. A caller
// that opens too many loses its own connections first, so that others can still connect.
package connections

import (
	"fmt"
	"net"
	"net/netip"
	"time"
)

// Limits are the numbers of open connections.
type Limits struct {
	Total, PerAddress int
}

// Listener accepts connections within limits. At a limit it accepts the new connection, and closes
// another one.
type Listener struct {
	net.Listener
	open *table
}

// Limit bounds the connections of a listener.
func Limit(l net.Listener, limits Limits) *Listener {
	return &Listener{Listener: l, open: newTable(limits)}
}

// Accept implements [net.Listener].
func (l *Listener) Accept() (net.Conn, error) {
	for {
		accepted, err := l.Listener.Accept()
		if err != nil {
			return nil, fmt.Errorf("accept: %w", err)
		}
		c := &Conn{Conn: accepted, table: l.open, address: addressOf(accepted), since: time.Now()}
		evicted, ok := l.open.add(c, time.Now())
		if evicted != nil {
			_ = evicted.Close() // its server sees the error
		}
		if ok {
			return c, nil
		}
		_ = accepted.Close()
	}
}

// addressOf is the IP address of the client; the zero value where there is none, as with Unix sockets.
func addressOf(c net.Conn) netip.Addr {
	remote, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return remote.Addr().Unmap()
}

// Conn is one connection. Its methods accept a nil Conn, which is no connection of a Listener.
type Conn struct {
	net.Conn
	table   *table
	address netip.Addr

	// The table guards what follows.
	since    time.Time // accepted, used, or answered last
	answered bool      // has got a useful answer
	busy     bool      // is being answered
}

// Of returns the connection below a connection that a server passes on, such as one of crypto/tls;
// nil if it is not one of a Listener.
func Of(c net.Conn) *Conn {
	for {
		switch inner := c.(type) {
		case *Conn:
			return inner
		case interface{ NetConn() net.Conn }:
			c = inner.NetConn()
		default:
			return nil
		}
	}
}

// Arrives says that a request begins to arrive, so that its connection does not make room for a moment.
func (c *Conn) Arrives() {
	if c != nil {
		c.table.update(func() { c.since = time.Now() })
	}
}

// Begin says that a request is complete and is being answered. Until Done, the connection is not closed to make
// room.
func (c *Conn) Begin() {
	if c != nil {
		c.table.update(func() { c.busy = true })
	}
}

// Done says that the answer is ready. useful answers let a connection outlive those that never got one.
func (c *Conn) Done(useful bool) {
	if c != nil {
		c.table.update(func() {
			c.busy, c.answered, c.since = false, c.answered || useful, time.Now()
		})
	}
}

// Close implements [net.Conn].
func (c *Conn) Close() error {
	c.table.remove(c)
	return c.Conn.Close()
}
