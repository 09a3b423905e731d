package applier

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"sluice/test/harness/node"
	"sluice/test/harness/require"
)

// Kind of fault: what the agent itself knows of the way to the collectors changed nothing. Sockets stay
// open without a route, and the log, which tells it of one collector at best, can't be read here.
func TestWithoutARouteNoCollectorLooksHealthy(t *testing.T) {
	require.Root(t, "routes of a node")
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	apply(t, fastProfile)
	var lists [3][]string
	for i := range lists {
		for k := range 2 {
			conn, err := f.Network.Listen(t.Context(), "udp", fmt.Sprintf("203.0.113.%d:0", 10+k))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			lists[i] = append(lists[i], fmt.Sprintf("%q", conn.LocalAddr().String()))
		}
	}
	export(t, fmt.Sprintf(`{"netFlow":{"collectors":[%s]},"sFlow":{"collectors":[%s]},"ipfix":{"collectors":[%s]}}`,
		strings.Join(lists[0], ","), strings.Join(lists[1], ","), strings.Join(lists[2], ",")))
	startAgent(t, f, n, "--probe-interval=1s", "--ovs-logdir="+t.TempDir())
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	if err := n.Send(t.Context(), 200); err != nil {
		t.Fatal(err)
	}
	ip(t, n, "route", "del", "default")
	eventually(t, func(ctx context.Context) string {
		if err := n.Send(ctx, 20); err != nil {
			t.Fatal(err)
		}
		r, err := shared.Report(ctx, n.Name)
		if err != nil {
			return err.Error()
		}
		for _, format := range r.Status.Formats {
			for _, c := range format.Collectors {
				if c.State != "NotOpen" {
					return fmt.Sprintf("%s %s is %s", format.Format, c.Target, c.State)
				}
			}
		}
		return ""
	})
	hasCondition(t, n.Name, "Exporting", "False", "NotOpen")
	out, code := plugin(t, "", "status")
	expect(t, out, code, 1, "does the node have a route to the collector?")
}

// Kind of fault: a proof that only an agent with the processes of the host has. The shipped pod sees
// sockets of root, and not whose they are.
func TestALostAddressIsNoticedInAPod(t *testing.T) {
	require.Root(t, "addresses of a node")
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	apply(t, fastProfile)
	_, target := listen(t, f, false)
	export(t, fmt.Sprintf(`{"ipfix":{"collectors":[%q]}}`, target))
	startInPod(t, f, n, "--probe-interval=1s", "--resync=2s")
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	const moved = "192.168.1.77"
	ip(t, n, "addr", "del", n.Address(false)+"/24", "dev", "eth0")
	ip(t, n, "addr", "add", moved+"/24", "dev", "eth0")
	t.Cleanup(func() {
		_ = exec.CommandContext(context.WithoutCancel(t.Context()), "ip", "-netns", n.Namespace(), "addr", "add", n.Address(false)+"/24", "dev", "eth0").Run()
	})
	eventually(t, func(context.Context) string { return sendsFrom(t, n, "4D01A8C0:", 1) }) // 192.168.1.77, little-endian
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
}

// sendsFrom says so if ovs-vswitchd has fewer than so many sockets that send from an address, in the notation
// of proc(5).
func sendsFrom(t *testing.T, n *node.Node, address string, least int) string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/udp", n.VswitchdPID()))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(text), address); got < least {
		return fmt.Sprintf("%d sockets send from %s, not %d:\n%s", got, address, least, text)
	}
	return ""
}
