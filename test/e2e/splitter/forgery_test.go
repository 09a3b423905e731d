package splitter

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"testing"

	"sluice/applier/splitter"
	"sluice/test/harness/node"
)

// Another program replays real datagrams of ovs-vswitchd.
func TestReplayedDatagramsAreRefused(t *testing.T) {
	for _, release := range []node.Release{node.Debian12, node.Debian13} {
		t.Run("Debian "+string(release), func(t *testing.T) {
			w := newWorld(t, release, "team-a_one", "team-a_two", "team-b_one")
			a, b := readers(t, w.network, 101), readers(t, w.network, 111)
			w.SetBridge(123, 1)
			w.SetExports([]splitter.Export{exportOf("team-a", a), exportOf("team-b", b)})
			replay := w.replay(t)
			w.export(t, "sampling=1", fmt.Sprintf("targets=[%q,%q]", w.target, replay))
			if err := w.node.SendBetween(t.Context(), 1, 3, 8); err != nil {
				t.Fatal(err)
			}
			eventually(t, func() string {
				w.Flush()
				if counts, _ := w.Counts(); counts.Foreign < 10 {
					return fmt.Sprintf("not refused: %+v", counts)
				}
				return ""
			})
			want := w.flows(1, 3, 8)
			got(t, "team-a", a, want)
			got(t, "team-b", b, want)
		})
	}
}

// replay listens to ovs-vswitchd, and sends what it gets to the splitter, as a forger.
func (w *world) replay(t *testing.T) string {
	t.Helper()
	from, err := w.network.Listen(t.Context(), "udp4", "192.168.1.51:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	to := net.UDPAddrFromAddrPort(netip.MustParseAddrPort(w.target))
	go func() {
		defer close(done)
		buffer := make([]byte, 2048)
		for ctx.Err() == nil {
			n, _, err := from.ReadFrom(buffer)
			if err != nil {
				return
			}
			_, _ = from.WriteTo(buffer[:n], to) // what is lost is not refused
		}
	}()
	t.Cleanup(func() { stop(); _ = from.Close(); <-done })
	return from.LocalAddr().String()
}
