package applier

import (
	"context"
	"fmt"
	"net/netip"
	"os/exec"
	"testing"

	"sluice/test/harness/node"
	"sluice/test/harness/require"
	"sluice/validation"
)

// sources are the sockets from which a collector got IPFIX, and whether it could decode a record of each.
func (r *received) sources() map[netip.AddrPort]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := map[netip.AddrPort]bool{}
	for _, m := range r.messages {
		if m.Format == validation.IPFIX {
			list[m.Source] = list[m.Source] || len(m.Records) > 0
		}
	}
	return list
}

// decodes waits until a collector can decode records that come from sockets other than those of before.
func decodes(t *testing.T, n *node.Node, what string, r *received, before map[netip.AddrPort]bool) {
	t.Helper()
	eventually(t, func(ctx context.Context) string {
		if err := n.Traffic(ctx, 20); err != nil {
			return err.Error()
		}
		now := r.sources()
		for source, decoded := range now {
			if _, known := before[source]; decoded && !known {
				return ""
			}
		}
		return fmt.Sprintf("%s: it decoded %v, and %v before", what, now, before)
	})
}

// Kind of fault: Open vSwitch 3.1 sends no templates to the sockets that it opens for a change, so that collectors could
// read nothing for up to 10 minutes, although everything was reported to be well.
func TestCollectorsCanDecodeIPFIXAfterEachChange(t *testing.T) {
	require.Root(t, "traffic, routes and addresses of a node")
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	apply(t, fastProfile)
	first, target := listen(t, f, false)
	second, other := listen(t, f, false)
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n, "--probe-interval=1s")
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	decodes(t, n, "the first collector", first, nil)

	before := first.sources()
	export(t, fmt.Sprintf(`{"ipfix":{"collectors":[%q,%q]}}`, target, other))
	decodes(t, n, "a new collector", second, nil)
	decodes(t, n, "the first collector, with a new one", first, before)
	hasCondition(t, n.Name, "Applied", "True", "InSync")

	before = first.sources()
	const moved = "192.168.1.77"
	ip(t, n, "addr", "del", n.Address(false)+"/24", "dev", "eth0")
	ip(t, n, "addr", "add", moved+"/24", "dev", "eth0")
	t.Cleanup(func() {
		_ = exec.CommandContext(context.WithoutCancel(t.Context()), "ip", "-netns", n.Namespace(), "addr", "add", n.Address(false)+"/24", "dev", "eth0").Run()
	})
	decodes(t, n, "after an address was lost", first, before)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")

	// A collector without a route does not keep Open vSwitch from sending to the other one. Once there is a route, all
	// sockets are new.
	ip(t, n, "route", "flush", "default")
	conn, err := f.Network.Listen(t.Context(), "udp", "203.0.113.10:0")
	if err != nil {
		t.Fatal(err)
	}
	far := collect(t, conn)
	export(t, fmt.Sprintf(`{"ipfix":{"collectors":[%q,%q]}}`, target, conn.LocalAddr().String()))
	hasCondition(t, n.Name, "Exporting", "False", "NotOpen")
	before = first.sources()
	ip(t, n, "route", "add", "default", "via", "192.168.1.1")
	decodes(t, n, "a collector to which there is a route now", far, nil)
	decodes(t, n, "the first collector then", first, before)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	hasCondition(t, n.Name, "Applied", "True", "InSync")
}
