package applier

import (
	"context"
	"os/exec"
	"testing"

	"sluice/test/harness/require"
)

const dropsProfile = "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: drops}\nspec: {drops: {}}\n"

// Kind of fault: the collector set for dropped packets has sockets of its own, and those of the bridge's row were taken
// for them. Its socket went on to send from an address that the node had lost.
func TestTheSocketsOfDroppedPacketsAreOpenedAgain(t *testing.T) {
	require.Root(t, "addresses of a node")
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	apply(t, dropsProfile)
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n, "--probe-interval=1s")
	hasCondition(t, n.Name, "Applied", "False", "DropsFailed") // there is no northbound database, and the set is there
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	const moved = "192.168.1.77"
	ip(t, n, "addr", "del", n.Address(false)+"/24", "dev", "eth0")
	ip(t, n, "addr", "add", moved+"/24", "dev", "eth0")
	t.Cleanup(func() {
		_ = exec.CommandContext(context.WithoutCancel(t.Context()), "ip", "-netns", n.Namespace(), "addr", "add", n.Address(false)+"/24", "dev", "eth0").Run()
	})
	eventually(t, func(context.Context) string { return sendsFrom(t, n, "4D01A8C0:", 2) }) // 192.168.1.77, little-endian
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
}

// Kind of fault: as above. The set was made while the node had no route, and nothing opened its socket afterwards.
func TestTheSocketsOfDroppedPacketsAreOpenedOnceThereIsARoute(t *testing.T) {
	require.Root(t, "routes of a node")
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	conn, err := f.Network.Listen(t.Context(), "udp", "203.0.113.10:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	export(t, `{"ipfix":{"collectors":["`+conn.LocalAddr().String()+`"]}}`)
	startAgent(t, f, n, "--probe-interval=1s")
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	ip(t, n, "route", "del", "default")
	apply(t, dropsProfile)
	hasCondition(t, n.Name, "Applied", "False", "DropsFailed")
	ip(t, n, routeOf(n)...)
	eventually(t, func(context.Context) string { return sendsFrom(t, n, "0A7100CB:", 2) }) // to 203.0.113.10, little-endian
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
}
