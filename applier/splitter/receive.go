package splitter

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

const (
	// gatherFor is how long records are gathered for one message.
	gatherFor = 20 * time.Millisecond
	// readBuffer holds what arrives while a datagram is handled: about 5,000 records, or what
	// net.core.rmem_max allows of it.
	readBuffer  = 4 << 20
	maxDatagram = 1<<16 - 1
)

// Receive handles the datagrams that arrive on conn until ctx ends. Then it returns nil; conn stays open,
// with its read deadline passed.
func (s *Splitter) Receive(ctx context.Context, conn *net.UDPConn) error {
	if err := conn.SetReadBuffer(readBuffer); err != nil {
		return fmt.Errorf("set read buffer: %w", err)
	}
	stop := context.AfterFunc(ctx, func() {
		// A deadline in the past ends the read under way. It fails only on a closed connection,
		// where no read is under way.
		_ = conn.SetReadDeadline(time.Unix(1, 0))
	})
	defer stop()
	buffer := make([]byte, maxDatagram)
	var flush time.Time // when to flush; zero for never
	for ctx.Err() == nil {
		n, from, err := conn.ReadFromUDPAddrPort(buffer)
		if ctx.Err() != nil {
			break
		}
		if failure, ok := errors.AsType[net.Error](err); err != nil && (!ok || !failure.Timeout()) {
			return fmt.Errorf("receive: %w", err)
		}
		if n > 0 {
			s.Handle(from, buffer[:n])
		}
		now := s.config.Now()
		if !flush.IsZero() && !now.Before(flush) {
			s.Flush()
		}
		flush = s.next(conn, flush, now)
	}
	return nil
}

// next sets when the next read has to end, if there is something to flush.
func (s *Splitter) next(conn *net.UDPConn, flush, now time.Time) time.Time {
	switch pending := s.pending(); {
	case pending && (flush.IsZero() || !now.Before(flush)):
		flush = now.Add(gatherFor)
	case !pending && !flush.IsZero():
		flush = time.Time{}
	default:
		return flush
	}
	_ = conn.SetReadDeadline(flush) // it fails only on a closed connection, as the next read does
	return flush
}
