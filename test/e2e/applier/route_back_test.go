package applier

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"sluice/test/harness/require"
)

// Kind of fault: the sockets sent again as soon as there was a route, and the report said for two minutes that they
// could not.
func TestARouteThatComesBackIsNoticed(t *testing.T) {
	require.Root(t, "routes of a node")
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	apply(t, fastProfile)
	var targets []string
	for i := range 3 {
		conn, err := f.Network.Listen(t.Context(), "udp", fmt.Sprintf("203.0.113.%d:0", 20+i))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		targets = append(targets, conn.LocalAddr().String())
	}
	exportTo(t, targets)
	startAgent(t, f, n, "--probe-interval=1s")
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	ip(t, n, "route", "del", "default")
	eventually(t, func(ctx context.Context) string {
		if err := n.Send(ctx, 20); err != nil {
			t.Fatal(err)
		}
		if _, reasons := states(ctx, n.Name); strings.Count(reasons, " NotOpen (") != len(targets) {
			return "not all are NotOpen: " + reasons
		}
		return ""
	})
	ip(t, n, routeOf(n)...)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
}
