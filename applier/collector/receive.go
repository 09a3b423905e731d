package collector

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"
)

const (
	// maxDatagram is the most that UDP carries.
	maxDatagram = 1<<16 - 1
	// readBuffer holds what arrives while handle runs: about 2500 datagrams of 1500 bytes,
	// or what net.core.rmem_max allows of it.
	readBuffer = 4 << 20
)

// Receive decodes the datagrams that arrive on conn and hands each to handle, with what
// Decode said of it, until ctx ends. Then it returns nil; conn stays open, with its read
// deadline passed. It calls handle one at a time; while handle runs, the kernel keeps what
// its buffer holds and drops the rest. Empty datagrams are left out: agents probe collectors
// with them.
func Receive(ctx context.Context, conn net.PacketConn, now func() time.Time, handle func(Message, error)) error {
	if buffered, ok := conn.(interface{ SetReadBuffer(size int) error }); ok {
		if err := buffered.SetReadBuffer(readBuffer); err != nil {
			return fmt.Errorf("set read buffer: %w", err)
		}
	}
	stop := context.AfterFunc(ctx, func() {
		// A deadline in the past ends the read under way. It fails only on a closed
		// connection, whose read has ended.
		_ = conn.SetReadDeadline(time.Unix(1, 0))
	})
	defer stop()
	decoder := NewDecoder()
	buffer := make([]byte, maxDatagram)
	for ctx.Err() == nil {
		n, from, err := conn.ReadFrom(buffer)
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		if n == 0 {
			continue // a probe
		}
		m, err := decoder.Decode(addrPort(from), buffer[:n])
		m.Received = now()
		handle(m, err)
	}
	return nil
}

// addrPort returns the address of a UDP sender; other connections have none that counts.
func addrPort(address net.Addr) netip.AddrPort {
	if udp, ok := address.(*net.UDPAddr); ok {
		return udp.AddrPort()
	}
	return netip.AddrPort{}
}
