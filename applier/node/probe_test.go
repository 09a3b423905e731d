package node_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sluice/applier/node"
	"sluice/applier/ovs"
	"sluice/test/harness/require"
)

// Kind of fault: what a socket is not told by default was taken for a sign of health. Nothing answers for an address, or
// a router answers that it can't be reached.
func TestAProbeMeetsWhatTheNetworkAnswers(t *testing.T) {
	require.Root(t, "network namespaces")
	require.Programs(t, "ip")
	n := newMachines(t)
	for name, c := range map[string]struct {
		target string
		// before is done on the node, and on the router.
		before, router []string
		cause          ovs.ProbeCause
		err            error
		via            string
	}{
		"it listens":                {"10.0.0.2:4739", nil, nil, "", nil, ""},
		"it listens, IPv6":          {"[fd00::2]:4739", nil, nil, "", nil, ""},
		"nothing listens":           {"10.0.0.2:9", nil, nil, ovs.ProbeRefused, unix.ECONNREFUSED, ""},
		"nothing listens, IPv6":     {"[fd00::2]:9", nil, nil, ovs.ProbeRefused, unix.ECONNREFUSED, ""},
		"its machine is off":        {"10.0.0.66:4739", nil, nil, ovs.ProbeNoNeighbor, unix.EHOSTUNREACH, ""},
		"its machine is off, IPv6":  {"[fd00::66]:4739", nil, nil, ovs.ProbeNoNeighbor, unix.EHOSTUNREACH, ""},
		"the gateway is off":        {"10.1.0.1:4739", []string{"ip route add 10.1.0.0/24 via 10.0.0.77"}, nil, ovs.ProbeNoNeighbor, unix.EHOSTUNREACH, ""},
		"it is off in another net":  {"10.2.0.66:4739", nil, nil, ovs.ProbeUnreachable, unix.EHOSTUNREACH, "10.0.0.2"},
		"the router has no route":   {"10.3.0.1:4739", nil, []string{"ip route add unreachable 10.3.0.0/24"}, ovs.ProbeUnreachable, unix.EHOSTUNREACH, "10.0.0.2"},
		"the router has none, IPv6": {"[fd03::1]:4739", nil, []string{"ip -6 route add unreachable fd03::/64"}, ovs.ProbeUnreachable, unix.ENETUNREACH, "fd00::2"},
		"a router prohibits":        {"10.4.0.1:4739", nil, []string{"ip route add prohibit 10.4.0.0/24"}, ovs.ProbeProhibited, unix.EHOSTUNREACH, "10.0.0.2"},
		"a router prohibits, IPv6":  {"[fd04::1]:4739", nil, []string{"ip -6 route add prohibit fd04::/64"}, ovs.ProbeProhibited, unix.EACCES, "fd00::2"},
		"the node has no route":     {"10.5.0.1:4739", []string{"ip route add unreachable 10.5.0.0/24"}, nil, ovs.ProbeNoRoute, unix.EHOSTUNREACH, ""},
		"the node has a black hole": {"10.6.0.1:4739", []string{"ip route add blackhole 10.6.0.0/24"}, nil, ovs.ProbeNoRoute, unix.EINVAL, ""},
		"the node prohibits":        {"10.7.0.1:4739", []string{"ip route add prohibit 10.7.0.0/24"}, nil, ovs.ProbeNoRoute, unix.EACCES, ""},
	} {
		t.Run(name, func(t *testing.T) {
			n.node.run(t, c.before...)
			n.router.run(t, c.router...)
			var met *ovs.ProbeError
			if err := n.probe(t, c.target, waitOf(c.cause)); err != nil && !errors.As(err, &met) {
				t.Fatalf("not an ovs.ProbeError: %v", err)
			}
			if met == nil {
				met = &ovs.ProbeError{}
			}
			via := ""
			if met.Via.IsValid() {
				via = met.Via.String()
			}
			if met.Cause != c.cause || !errors.Is(met.Err, c.err) || via != c.via {
				t.Errorf("%q (%v) by %q, not %q (%v) by %q", met.Cause, met.Err, via, c.cause, c.err, c.via)
			}
		})
	}
}

// machines are a node and a router, with an IPv4 and an IPv6 network between them. The router has a collector at port
// 4739, and another network, in which no machine is.
type machines struct{ node, router *namespace }

func newMachines(t *testing.T) machines {
	t.Helper()
	n := machines{newNamespace(t), newNamespace(t)}
	n.node.run(t, "ip link set lo up", fmt.Sprintf("ip link add eth0 type veth peer name eth0 netns %d", n.router.tid), "ip link set eth0 up",
		"ip addr add 10.0.0.1/24 dev eth0", "ip addr add fd00::1/64 dev eth0 nodad", "ip addr add fd00::99/64 dev eth0 nodad")
	n.router.run(t, "ip link set lo up", "ip link set eth0 up", "ip addr add 10.0.0.2/24 dev eth0", "ip addr add fd00::2/64 dev eth0 nodad",
		"ip link add else type veth peer name end", "ip link set else up", "ip link set end up", "ip addr add 10.2.0.1/24 dev else",
		"tee /proc/sys/net/ipv4/ip_forward", "tee /proc/sys/net/ipv6/conf/all/forwarding")
	n.node.run(t, "ip route add default via 10.0.0.2", "ip -6 route add default via fd00::2")
	n.router.do(t, func() error {
		conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", ":4739")
		if err == nil {
			t.Cleanup(func() { _ = conn.Close() })
		}
		return err
	})
	return n
}

// waitOf is how long to wait: an answer ends it.
func waitOf(cause ovs.ProbeCause) time.Duration {
	if cause == "" {
		return time.Second
	}
	return 20 * time.Second
}

func (n machines) probe(t *testing.T, target string, wait time.Duration) error {
	t.Helper()
	var met error
	n.node.do(t, func() error {
		met = new(node.Prober).Probe(t.Context(), netip.MustParseAddrPort(target), wait)
		return nil
	})
	return met
}

// namespace is a thread in a network namespace of its own, which ends with the test.
type namespace struct {
	tid   int
	calls chan func()
}

func newNamespace(t *testing.T) *namespace {
	t.Helper()
	n := &namespace{calls: make(chan func())}
	ready := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the runtime ends the thread, unless it is the first one
		n.tid = syscall.Gettid()
		ready <- unix.Unshare(unix.CLONE_NEWNET)
		for call := range n.calls {
			call()
		}
	}()
	if err := <-ready; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { close(n.calls) })
	return n
}

func (n *namespace) do(t *testing.T, call func() error) {
	t.Helper()
	result := make(chan error)
	n.calls <- func() { result <- call() }
	if err := <-result; err != nil {
		t.Fatal(err)
	}
}

// run runs commands.
func (n *namespace) run(t *testing.T, lines ...string) {
	t.Helper()
	for _, line := range lines {
		n.do(t, func() error {
			words := strings.Fields(line)
			cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
			cmd.Stdin = strings.NewReader("1") // for tee
			out, err := cmd.CombinedOutput()
			if err != nil {
				return fmt.Errorf("%s: %w: %s", line, err, out)
			}
			return nil
		})
	}
}
