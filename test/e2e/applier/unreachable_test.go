package applier

import (
	"fmt"
	"strings"
	"testing"

	"sluice/test/harness/nodes"
	"sluice/test/harness/require"
)

// Kind of fault: a socket that is open was taken for one that sends. Nothing leaves the node for a machine of its own
// network that is off, and ovs-vswitchd does not notice.
func TestACollectorThatIsOffIsNotIdle(t *testing.T) {
	require.Root(t, "a network with an address that no machine has")
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	apply(t, fastProfile)
	targets := []string{"192.168.1.66:40001", "192.168.1.66:40002", "192.168.1.66:40003"}
	exportTo(t, targets)
	startAgent(t, f, n, "--probe-interval=1s")
	hasStates(t, n, map[string]string{"NetFlow": "NotOpen", "SFlow": "NotOpen", "IPFIX": "NotOpen"})
	if err := n.Send(t.Context(), 200); err != nil { // a busy node does not see it less
		t.Fatal(err)
	}
	hasCondition(t, n.Name, "Exporting", "False", "NotOpen")
	out, code := plugin(t, "", "status")
	expect(t, out, code, 1, "node-a: NotOpen: ", "does not answer (ARP or neighbor discovery); is the machine on?")
	listenAt(t, f, targets)
	hasStates(t, n, map[string]string{"NetFlow": healthy, "SFlow": healthy, "IPFIX": healthy})
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
}

// Kind of fault: what a router answers was taken for nothing.
func TestACollectorThatTheNetworkDoesNotReachIsNotIdle(t *testing.T) {
	require.Root(t, "a router that answers")
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	apply(t, fastProfile)
	outside(t, f,
		"echo 1 >/proc/sys/net/ipv4/ip_forward", "echo 0 >/proc/sys/net/ipv4/icmp_ratelimit", // the node asks often
		"ip link add beyond type veth peer name end", "ip link set beyond up", "ip link set end up", "ip addr add 198.51.100.1/26 dev beyond",
		"ip route add unreachable 198.51.100.64/26", "ip route add prohibit 198.51.100.128/26")
	startAgent(t, f, n, "--probe-interval=1s")
	for name, address := range map[string]string{"it is off": "198.51.100.2", "without a route": "198.51.100.66", "prohibited": "198.51.100.130"} {
		t.Run(name, func(t *testing.T) {
			var targets []string
			for i := range 3 {
				targets = append(targets, fmt.Sprintf("%s:%d", address, 40001+i))
			}
			exportTo(t, targets)
			hasStates(t, n, map[string]string{"NetFlow": "Refused", "SFlow": "Refused", "IPFIX": "Refused"})
			hasCondition(t, n.Name, "Exporting", "False", "Refused")
			out, code := plugin(t, "", "status")
			want := "192.168.1.1 answers that it can't reach it; is the collector's machine on"
			if name == "prohibited" {
				want = "192.168.1.1 answers that datagrams to it are prohibited; does a firewall reject them?"
			}
			expect(t, out, code, 1, "node-a: Refused: ", want)
		})
	}
}

// outside runs commands in the outside namespace.
func outside(t *testing.T, f *nodes.Fleet, lines ...string) {
	t.Helper()
	out, err := f.Network.Command(t.Context(), "sh", "-ec", strings.Join(lines, "\n")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// listenAt listens at addresses that no machine had before.
func listenAt(t *testing.T, f *nodes.Fleet, targets []string) {
	t.Helper()
	for _, target := range targets {
		conn, err := f.Network.Listen(t.Context(), "udp", target)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
}
