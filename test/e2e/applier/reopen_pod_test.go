package applier

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"sluice/test/harness/require"
)

// Kind of fault: a neighbor's socket to the collector was there, so nothing was opened. In a pod without the host's
// processes, nothing says whose it is.
func TestSocketsAreOpenedInAPodNextToANeighbor(t *testing.T) {
	require.Root(t, "a namespace of process IDs")
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	var targets []string
	for i := range 3 {
		conn, err := f.Network.Listen(t.Context(), "udp", fmt.Sprintf("203.0.113.%d:0", 10+i))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		targets = append(targets, conn.LocalAddr().String())
	}
	connectAs(t, n, 0, targets)
	ip(t, n, "route", "del", "default")
	exportTo(t, targets)
	startInPod(t, f, n, "--probe-interval=1s", "--lease=3s")
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	opened := func(ctx context.Context) (count int) {
		own, err := (&soakNode{Node: n}).sockets(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range targets {
			if strings.Contains(own, " "+target+" ") {
				count++
			}
		}
		return count
	}
	if count := opened(t.Context()); count != 0 {
		t.Fatalf("ovs-vswitchd has %d sockets without a route", count)
	}
	hasCondition(t, n.Name, "Exporting", "False", "NotOpen") // as the probe says
	ip(t, n, routeOf(n)...)
	eventually(t, func(ctx context.Context) string {
		if count := opened(ctx); count != len(targets) {
			return fmt.Sprintf("ovs-vswitchd has %d sockets", count)
		}
		return ""
	})
	// The new ends tell that they are there. So there is nothing to try again.
	signs(t, n, 2)
	before := nextConfig(t, n)
	signs(t, n, 4)
	if after := nextConfig(t, n); after != before {
		t.Errorf("next_cfg went from %s to %s with all sockets open", before, after)
	}
}

// Kind of fault: an attempt to settle a question that could never settle it. ovs-vswitchd opens no socket of sFlow
// again while it has all of them, so that its port stays the same.
func TestADoubtAboutASocketEnds(t *testing.T) {
	require.Root(t, "a namespace of process IDs")
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	export(t, `{"sFlow":{"collectors":["`+target+`"]}}`)
	connectAs(t, n, 0, []string{target})
	end := connectAs(t, n, 0, []string{target})
	startInPod(t, f, n, "--lease=3s", "--probe-interval=1s")
	a := f.Agents[len(f.Agents)-1]
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	signs(t, n, 2)
	attempts := func() int { return strings.Count(a.Log(), "made ovs-vswitchd try again to open sockets") }
	before := attempts()
	end() // one of the sockets disappears, which may have been ovs-vswitchd's
	eventually(t, func(context.Context) string {
		if made := attempts() - before; made < 2 {
			return fmt.Sprintf("%d attempts", made)
		}
		return ""
	})
	signs(t, n, 6) // more than the wait before a third attempt
	if made := attempts() - before; made != 2 {
		t.Errorf("%d attempts, not 2", made)
	}
}
