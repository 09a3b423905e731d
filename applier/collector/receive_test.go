package collector

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"
)

func listen(t *testing.T, address string) net.PacketConn {
	t.Helper()
	var config net.ListenConfig
	conn, err := config.ListenPacket(t.Context(), "udp", address)
	if err != nil {
		t.Skipf("listen: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestReceive(t *testing.T) {
	for name, address := range map[string]string{"IPv4": "127.0.0.1:0", "IPv6": "[::1]:0"} {
		t.Run(name, func(t *testing.T) {
			conn, sender := listen(t, address), listen(t, address)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var datagrams [][]byte
			for _, file := range []string{"netflow", "sflow", "ipfix"} {
				datagrams = append(datagrams, caught(t, file)...)
			}
			datagrams = append(datagrams, []byte("no flow"))
			messages := make(chan error, len(datagrams))
			var tally Tally
			done := make(chan error, 1)
			go func() {
				done <- Receive(ctx, conn, func() time.Time { return second(7) }, func(m Message, err error) {
					tally.Add(m, err, m.Received)
					messages <- err
				})
			}()
			for _, datagram := range datagrams {
				if _, err := sender.WriteTo(datagram, conn.LocalAddr()); err != nil {
					t.Fatal(err)
				}
			}
			for range datagrams {
				select {
				case <-messages:
				case err := <-done:
					t.Fatalf("ended early: %v", err)
				case <-time.After(10 * time.Second):
					t.Fatal("datagrams are missing")
				}
			}
			cancel()
			if err := <-done; err != nil {
				t.Errorf("got error %v", err)
			}
			records := []uint64{4, 16, 32}
			for i, c := range tally.Counts() {
				if c.Records != records[i] || !c.Exporter.IsLoopback() || c.Last != second(7) {
					t.Errorf("got %+v", c)
				}
			}
			if len(tally.Counts()) != 3 || tally.Unknown() != 1 {
				t.Errorf("got %d counts, %d unknown", len(tally.Counts()), tally.Unknown())
			}
		})
	}
}

func TestReceiveEnds(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Receive(ended, listen(t, "127.0.0.1:0"), time.Now, nil); err != nil {
		t.Errorf("with an ended context: got error %v", err)
	}
	closed := listen(t, "127.0.0.1:0")
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Receive(t.Context(), closed, time.Now, nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("with a closed connection: got error %v", err)
	}
}
