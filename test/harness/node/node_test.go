package node

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"sluice/test/harness/require"
)

// startNetwork starts a network for a test. Without root, a test that needs namespaces is skipped.
func startNetwork(t *testing.T, options NetworkOptions) *Network {
	t.Helper()
	if !options.Dummy {
		require.Root(t, "network namespaces")
	}
	network, err := StartNetwork(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := network.Stop(); err != nil {
			t.Error(err)
		}
	})
	return network
}

func startNode(t *testing.T, network *Network, name string) *Node {
	t.Helper()
	n, err := Start(t.Context(), network, name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func vsctl(t *testing.T, n *Node, args ...string) string {
	t.Helper()
	out, err := n.Vsctl(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func traffic(t *testing.T, n *Node, packets int) {
	t.Helper()
	if err := n.Traffic(t.Context(), packets); err != nil {
		t.Fatal(err)
	}
}

// listen opens a socket of a collector in the outside namespace.
func listen(t *testing.T, network *Network, ipv6 bool) net.PacketConn {
	t.Helper()
	conn, err := network.Listen(t.Context(), "udp", net.JoinHostPort(network.CollectorAddress(ipv6), "0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// receive waits for a datagram with the start of a protocol, and returns the sender.
func receive(t *testing.T, conn net.PacketConn, start []byte) string {
	t.Helper()
	buffer := make([]byte, 65536)
	if err := conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	size, from, err := conn.ReadFrom(buffer)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(buffer[:size], start) {
		t.Fatalf("a datagram starts with %x, want %x", buffer[:min(size, 8)], start)
	}
	host, _, err := net.SplitHostPort(from.String())
	if err != nil {
		t.Fatal(err)
	}
	return host
}

func TestTwoNodesExport(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]NetworkOptions{"namespaces": {}, "dummy": {Dummy: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exportEverything(t, startNetwork(t, options))
		})
	}
}

// exportEverything checks that each node exports records of all three protocols.
func exportEverything(t *testing.T, network *Network) {
	nodes := []*Node{startNode(t, network, "worker-1"), startNode(t, network, "worker-2")}
	for _, n := range nodes {
		netflow, sflow, ipfix := listen(t, network, false), listen(t, network, false), listen(t, network, true)
		vsctl(
			t, n, "--id=@n", "create", "NetFlow", target(netflow), "active_timeout=1",
			"--", "--id=@s", "create", "sFlow", target(sflow), "agent="+ManagementPort, "sampling=1",
			"--", "--id=@i", "create", "IPFIX", target(ipfix), "sampling=1", "cache_active_timeout=1",
			"--", "set", "Bridge", Bridge, "netflow=@n", "sflow=@s", "ipfix=@i",
		)
		traffic(t, n, 20)
		for _, want := range []struct {
			conn  net.PacketConn
			start []byte
			from  string
		}{
			{ipfix, []byte{0, 10}, n.Address(true)},
			{sflow, []byte{0, 0, 0, 5}, n.Address(false)},
			{netflow, []byte{0, 5}, n.Address(false)},
		} {
			if from := receive(t, want.conn, want.start); from != want.from {
				t.Errorf("records come from %s, want %s", from, want.from)
			}
		}
	}
}

func target(conn net.PacketConn) string { return `targets=["` + conn.LocalAddr().String() + `"]` }

func TestFailures(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]NetworkOptions{"namespaces": {}, "dummy": {Dummy: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := startNode(t, startNetwork(t, options), "worker")
			freezeAndThaw(t, n)
			restartDatabase(t, n)
			restartVswitchd(t, n)
		})
	}
}

func freezeAndThaw(t *testing.T, n *Node) {
	if err := n.Freeze(); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Vsctl(t.Context(), "--timeout=1", "set", "Bridge", Bridge, "external_ids:a=b"); err == nil {
		t.Error("a write is answered while ovs-vswitchd is frozen")
	}
	if synced, err := n.Synced(t.Context()); err != nil || synced {
		t.Errorf("Synced is %v, %v while ovs-vswitchd is frozen", synced, err)
	}
	if err := n.Thaw(); err != nil {
		t.Fatal(err)
	}
	if err := poll(t.Context(), "ovs-vswitchd", n.Synced); err != nil {
		t.Error(err)
	}
}

func restartDatabase(t *testing.T, n *Node) {
	n.StopDatabase()
	if _, err := os.Stat(n.Socket()); err == nil {
		t.Error("the socket outlives the database")
	}
	if _, err := n.Vsctl(t.Context(), "--timeout=1", "--no-wait", "show"); err == nil || !strings.Contains(err.Error(), "database connection failed") {
		t.Errorf("without a database: %v", err)
	}
	if err := n.StartDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
	vsctl(t, n, "set", "Bridge", Bridge, "external_ids:a=c")
	traffic(t, n, 4)
}

func restartVswitchd(t *testing.T, n *Node) {
	n.StopVswitchd()
	if pid := n.VswitchdPID(); pid != 0 {
		t.Errorf("a stopped ovs-vswitchd has PID %d", pid)
	}
	if err := n.StartVswitchd(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n.VswitchdPID() == 0 {
		t.Error("ovs-vswitchd has no PID")
	}
	traffic(t, n, 4)
}

func TestStopLeavesNothing(t *testing.T) {
	t.Parallel()
	network := startNetwork(t, NetworkOptions{})
	n, err := Start(t.Context(), network, "worker", Options{})
	if err != nil {
		t.Fatal(err)
	}
	pid := n.VswitchdPID()
	if err := n.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(n.Dir()); err == nil {
		t.Error("the folder stays")
	}
	if err := processExists(pid); err == nil {
		t.Error("ovs-vswitchd stays")
	}
	names, err := network.namespaces()
	if err != nil || len(names) != 1 {
		t.Errorf("namespaces %v, %v; want the outside only", names, err)
	}
}

func processExists(pid int) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return process.Signal(syscall.Signal(0))
}

// TestHost checks that a node reaches a server in the namespace of the test.
func TestHost(t *testing.T) {
	t.Parallel()
	network := startNetwork(t, NetworkOptions{})
	n, err := Start(t.Context(), network, "worker", Options{Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Stop() })
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", net.JoinHostPort(network.HostAddress(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, port, _ := net.SplitHostPort(conn.LocalAddr().String())
	script := "echo hello >/dev/udp/" + network.HostAddress() + "/" + port
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if out, err := n.Command(ctx, "bash", "-c", script).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	receive(t, conn, []byte("hello"))
}

// TestForward checks that a node reaches a server on the loopback address of the test.
func TestForward(t *testing.T) {
	t.Parallel()
	network := startNetwork(t, NetworkOptions{})
	n, err := Start(t.Context(), network, "worker", Options{Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Stop() })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("from loopback"))
	}))
	defer server.Close()
	address := server.Listener.Addr().String()
	if err := n.Forward(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(address)
	script := "exec 3<>/dev/tcp/127.0.0.1/" + port + "; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
	out, err := n.Command(t.Context(), "bash", "-c", script).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "from loopback") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestFlood(t *testing.T) {
	t.Parallel()
	n := startNode(t, startNetwork(t, NetworkOptions{}), "worker")
	traffic(t, n, 4)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	result, err := n.Flood(ctx, FloodOptions{Flows: 16, Size: 200})
	if err != nil || result.Received == 0 || result.Sent < result.Received {
		t.Errorf("%+v, %v", result, err)
	}
	t.Logf("%+v", result)
}
