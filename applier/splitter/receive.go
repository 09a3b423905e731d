package splitter

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
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

// socket is what Receive needs of a *net.UDPConn.
type socket interface {
	SetReadBuffer(bytes int) error
	SetReadDeadline(t time.Time) error
	ReadMsgUDPAddrPort(b, control []byte) (n, controlled, flags int, addr netip.AddrPort, err error)
}

// Receive handles the datagrams that arrive on conn until ctx ends. Then it returns nil; conn stays open,
// with its read deadline passed. While nothing can be received, it tries again, and Failure says why.
func (s *Splitter) Receive(ctx context.Context, conn *net.UDPConn) error {
	if err := tellOverflows(conn); err != nil {
		return err
	}
	return s.receive(ctx, conn)
}

func (s *Splitter) receive(ctx context.Context, conn socket) error {
	if err := conn.SetReadBuffer(readBuffer); err != nil {
		return fmt.Errorf("set read buffer: %w", err)
	}
	stop := context.AfterFunc(ctx, func() {
		// A deadline in the past ends the read under way. It fails only on a closed connection,
		// where no read is under way.
		_ = conn.SetReadDeadline(time.Unix(1, 0))
	})
	defer stop()
	buffer, control := make([]byte, maxDatagram), make([]byte, controlSpace)
	var full overflow
	var flush time.Time // when to flush; zero for never
	failures := 0
	for ctx.Err() == nil {
		n, controlled, _, from, err := conn.ReadMsgUDPAddrPort(buffer, control)
		if ctx.Err() != nil {
			break
		}
		if failure, ok := errors.AsType[net.Error](err); err != nil && (!ok || !failure.Timeout()) {
			if errors.Is(err, net.ErrClosed) {
				return fmt.Errorf("receive: %w", err)
			}
			failures++
			s.failed(err)
			pause(ctx, failures)
			continue
		}
		if failures > 0 {
			failures = 0
			s.failed(nil)
		}
		if dropped := full.note(control[:controlled]); dropped > 0 {
			s.overflowed(dropped)
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

// pause waits after so many failures in a row, or until ctx ends.
func pause(ctx context.Context, failures int) {
	const least, most = 10 * time.Millisecond, 5 * time.Second
	timer := time.NewTimer(min(most, least<<min(failures-1, 10)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// failed takes in why nothing can be received; nil if it can.
func (s *Splitter) failed(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = err
}

// overflowed counts what the kernel dropped.
func (s *Splitter) overflowed(dropped uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Overflowed += dropped
}

// Failure says why nothing can be received; nil if it can.
func (s *Splitter) Failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

// next sets when the next read has to end, if there is something to flush.
func (s *Splitter) next(conn socket, flush, now time.Time) time.Time {
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
