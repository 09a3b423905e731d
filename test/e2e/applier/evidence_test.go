package applier

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"sluice/test/harness/node"
	"sluice/test/harness/nodes"
	"sluice/test/harness/require"
)

// states are the states of all collectors of a node, as "NetFlow 192.0.2.1:2055 Idle".
func states(ctx context.Context, name string) (list []string, reasons string) {
	r, err := shared.Report(ctx, name)
	if err != nil || r == nil {
		return nil, "no report"
	}
	for _, format := range r.Status.Formats {
		for _, c := range format.Collectors {
			list = append(list, fmt.Sprintf("%s %s %s", format.Format, c.Target, c.State))
			reasons += fmt.Sprintf("%s %s %s (%s); ", format.Format, c.Target, c.State, c.Reason)
		}
	}
	return list, reasons
}

// hasStates waits until the collectors have these states, by format: one of those separated by "|".
func hasStates(t *testing.T, n *node.Node, want map[string]string) {
	t.Helper()
	eventually(t, func(ctx context.Context) string {
		list, reasons := states(ctx, n.Name)
		found := 0
		for _, state := range list {
			parts := strings.Fields(state)
			if w, asked := want[parts[0]]; asked && strings.Contains("|"+w+"|", "|"+parts[2]+"|") {
				found++
			}
		}
		if found == len(want) {
			return ""
		}
		return fmt.Sprintf("collectors are %s, not %v", reasons, want)
	})
}

// freePort returns the address of a collector that is not running.
func freePort(t *testing.T, f *nodes.Fleet) string {
	t.Helper()
	target, err := f.Network.FreePort(t.Context(), f.Network.CollectorAddress(false))
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// exportAll exports all three formats to one address, each to a port of its own, and returns the targets.
func exportAll(t *testing.T, f *nodes.Fleet) []string {
	t.Helper()
	var targets []string
	for range 3 {
		_, target := listen(t, f, false)
		targets = append(targets, target)
	}
	exportTo(t, targets)
	return targets
}

func exportTo(t *testing.T, targets []string) {
	t.Helper()
	export(t, fmt.Sprintf(`{"netFlow":{"collectors":[%q]},"sFlow":{"collectors":[%q]},"ipfix":{"collectors":[%q]}}`, targets[0], targets[1], targets[2]))
}

const healthy = "Idle|Sending"

// Kind of fault: one shared log with a limited number of lines was the only source. A dead collector is
// found in each format, without traffic, although all lines are about another one.
func TestADeadCollectorOfEachFormatIsFound(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	apply(t, fastProfile)
	var dead []string
	for range 3 {
		dead = append(dead, freePort(t, f))
	}
	exportTo(t, dead)
	startAgent(t, f, n, "--probe-interval=1s", "--ovs-logdir="+t.TempDir())
	hasStates(t, n, map[string]string{"NetFlow": "Refused", "SFlow": "Refused", "IPFIX": "Refused"})
	out, code := plugin(t, "", "status")
	expect(t, out, code, 1, "Refused", "is the collector running and listening on "+dead[0])
}

// Kind of fault: silence of a log that can't be read was taken for good news.
func TestALogThatCanNotBeReadIsSaid(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	exportAll(t, f)
	startAgent(t, f, n, "--probe-interval=0", "--ovs-logdir="+t.TempDir())
	r := hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	for _, c := range r.Status.Conditions {
		if c.Type == "Exporting" && !strings.Contains(c.Message, "log can't be read") {
			t.Errorf("Exporting: %s", c.Message)
		}
	}
}

// Kind of fault: a neighbor's socket was taken for ovs-vswitchd's. The agent runs in a pod without the
// host's processes, and ovs-vswitchd has no socket.
func TestASocketOfAnotherProgramIsNoEvidence(t *testing.T) {
	require.Root(t, "a namespace of process IDs")
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	targets := exportFar(t, f, n)
	first := startAgent(t, f, n)
	hasStates(t, n, map[string]string{"NetFlow": "NotOpen", "SFlow": "NotOpen", "IPFIX": "NotOpen"})
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	ip(t, n, routeOf(n)...)
	for name, c := range map[string]struct {
		user int
		want map[string]string
	}{
		"of root, as ovs-vswitchd's": {0, map[string]string{"NetFlow": "Unknown", "SFlow": "Unknown", "IPFIX": "Unknown"}},
		"of another user":            {65534, map[string]string{"NetFlow": "NotOpen", "SFlow": "NotOpen", "IPFIX": "NotOpen"}},
	} {
		t.Run(name, func(t *testing.T) {
			connectAs(t, n, c.user, targets)
			startInPod(t, f, n, "--mode=observe", "--probe-interval=0")
			hasStates(t, n, c.want)
			out, code := plugin(t, "", "status")
			expect(t, out, code, 1, "node-a: ")
		})
	}
}

// connectAs connects UDP sockets on a node to targets, as a user, until the test ends.
func connectAs(t *testing.T, n *node.Node, user int, targets []string) (end func()) {
	t.Helper()
	script := "set -e\n"
	for i, target := range targets {
		host, port, err := net.SplitHostPort(target)
		if err != nil {
			t.Fatal(err)
		}
		script += fmt.Sprintf("exec %d<>/dev/udp/%s/%s\n", 3+i, host, port)
	}
	cmd := n.Command(context.WithoutCancel(t.Context()), "setpriv", fmt.Sprintf("--reuid=%d", user), "--clear-groups", "bash", "-c", script+"echo ready\nread -r line\n")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out := &nodes.Buffer{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = sync.OnceFunc(func() { _ = stdin.Close(); _ = cmd.Wait() })
	t.Cleanup(end)
	eventually(t, func(context.Context) string {
		if strings.Contains(out.String(), "ready") {
			return ""
		}
		return "no sockets: " + out.String()
	})
	return end
}

// ip runs ip(8) in the network of a node.
func ip(t *testing.T, n *node.Node, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "ip", append([]string{"-netns", n.Namespace()}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %v: %v\n%s", args, err, out)
	}
}

// exportFar exports all three formats to addresses to which the node has no route.
func exportFar(t *testing.T, f *nodes.Fleet, n *node.Node) (targets []string) {
	t.Helper()
	for i := range 3 {
		conn, err := f.Network.Listen(t.Context(), "udp", fmt.Sprintf("203.0.113.%d:0", 10+i))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		targets = append(targets, conn.LocalAddr().String())
	}
	ip(t, n, "route", "del", "default")
	exportTo(t, targets)
	return targets
}

// routeOf are the arguments that give a node its route back.
func routeOf(n *node.Node) []string {
	return []string{"route", "add", "default", "via", "192.168.1.1", "src", n.Address(false)}
}

// Kind of fault: the row was as desired, so there was nothing to do; its effect was only reported.
func TestSocketsAreOpenedOnceThereIsARoute(t *testing.T) {
	require.Root(t, "routes of a node")
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	exportFar(t, f, n)
	startAgent(t, f, n, "--probe-interval=1s", "--lease=3s")
	closed := map[string]string{"NetFlow": "NotOpen", "SFlow": "NotOpen", "IPFIX": "NotOpen"}
	open := map[string]string{"NetFlow": healthy, "SFlow": healthy, "IPFIX": healthy}

	hasStates(t, n, closed)
	before := nextConfig(t, n)
	signs(t, n, 3)
	if after := nextConfig(t, n); after != before {
		t.Errorf("next_cfg went from %s to %s without a route", before, after)
	}
	ip(t, n, routeOf(n)...)
	hasStates(t, n, open)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")

	// As at boot: ovs-vswitchd comes before the network.
	n.StopVswitchd()
	ip(t, n, "route", "del", "default")
	if err := n.StartVswitchd(t.Context()); err != nil {
		t.Fatal(err)
	}
	hasStates(t, n, closed)
	ip(t, n, routeOf(n)...)
	hasStates(t, n, open)
}

// signs waits until the agent of a node has renewed its Lease so many times: it polls before each time.
func signs(t *testing.T, n *node.Node, times int) {
	t.Helper()
	seen := map[string]bool{}
	eventually(t, func(context.Context) string {
		seen[kubectl(t, "get", "--namespace=sluice-agent", "lease", n.Name, "-o", "jsonpath={.spec.renewTime}")] = true
		if len(seen) > times { // the first one is of before
			return ""
		}
		return fmt.Sprintf("the Lease was renewed %d times", len(seen)-1)
	})
}

// Kind of fault: as above. A socket keeps the address that it was opened with.
func TestSocketsOfALostAddressAreOpenedAgain(t *testing.T) {
	require.Root(t, "addresses of a node")
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	targets := exportAll(t, f)
	startAgent(t, f, n, "--probe-interval=1s")
	hasStates(t, n, map[string]string{"NetFlow": healthy, "SFlow": healthy, "IPFIX": healthy})
	before := rows(t, n)
	const moved = "192.168.1.77"
	ip(t, n, "addr", "del", n.Address(false)+"/24", "dev", "eth0")
	ip(t, n, "addr", "add", moved+"/24", "dev", "eth0")
	t.Cleanup(func() {
		_ = exec.CommandContext(context.WithoutCancel(t.Context()), "ip", "-netns", n.Namespace(), "addr", "add", n.Address(false)+"/24", "dev", "eth0").Run()
	})
	eventually(t, func(context.Context) string { return sendsFrom(t, n, "4D01A8C0:", len(targets)) }) // 192.168.1.77, little-endian
	hasStates(t, n, map[string]string{"NetFlow": healthy, "SFlow": healthy, "IPFIX": healthy})
	if after := rows(t, n); after != before {
		t.Errorf("the rows went from\n%s\nto\n%s", before, after)
	}
}
