package splitter

import (
	"net"
	"net/netip"
)

// Addresses lists the addresses of the node.
type Addresses func() (map[netip.Addr]bool, error)

// list is nil if the addresses are unknown.
func (a Addresses) list() map[netip.Addr]bool {
	if a == nil {
		return nil
	}
	list, err := a()
	if err != nil {
		return nil
	}
	return list
}

// locate notes which address the new socket sends from. A socket keeps its address: with IPv6, the kernel goes on
// sending from one that the node has no longer, and reports no error. No answer comes back then, and routers may drop
// what is sent.
func (d *delivery) locate() {
	conn, ok := d.conn.(interface{ LocalAddr() net.Addr })
	if !ok {
		return
	}
	local, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil {
		return
	}
	source := local.Addr().Unmap().WithZone("")
	if !d.addresses.list()[source] {
		source = netip.Addr{} // of a kind that the node does not list, so that nothing can be said of it
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.source, d.moved = source, false
}

// check looks for the address that the socket sends from among those of the node; nil for unknown. It wakes run, which
// opens another socket if it has to.
func (d *delivery) check(addresses map[netip.Addr]bool) {
	d.mu.Lock()
	d.moved = d.source.IsValid() && addresses != nil && !addresses[d.source]
	d.mu.Unlock()
	d.queue.wake()
}

// move replaces a socket that sends from an address that the node has lost.
func (d *delivery) move() {
	d.mu.Lock()
	moved := d.moved
	if moved {
		d.source, d.moved = netip.Addr{}, false
	}
	d.mu.Unlock()
	if moved && d.conn != nil {
		_ = d.conn.Close() // nothing is left
		d.conn = nil
		d.open(d.now())
	}
}
