package node

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"time"
)

// TestOVN checks that OVN forwards, that its ACL drops packets, and that samples of dropped packets are
// exported.
func TestOVN(t *testing.T) {
	t.Parallel()
	network := startNetwork(t, NetworkOptions{})
	n := startNode(t, network, "worker")
	ovn, err := n.StartOVN(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	traffic(t, n, 8)
	flows, err := n.Ofctl(t.Context(), "dump-flows", Bridge)
	if err != nil || strings.Contains(flows, "NORMAL") || !strings.Contains(flows, "table=8") {
		t.Errorf("these are not the flows of OVN: %v\n%s", err, flows)
	}

	conn := listen(t, network, false)
	if err := n.AddCollectorSet(t.Context(), 7, conn.LocalAddr().String()); err != nil {
		t.Fatal(err)
	}
	if err := ovn.SampleDrops(t.Context(), 7, 42); err != nil {
		t.Fatal(err)
	}
	if err := ovn.Drop(t.Context(), "udp.dst == 5001"); err != nil {
		t.Fatal(err)
	}
	if err := n.Send(t.Context(), 8); err != nil {
		t.Fatal(err)
	}
	awaitDrop(t, conn, n, 42)

	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := n.Traffic(ctx, 1); err == nil {
		t.Error("the ACL drops nothing")
	}
}

// awaitDrop waits for an IPFIX datagram about dropped packets of pod 1. domain is the first byte of its
// observation domain, and it contains the address of the pod.
func awaitDrop(t *testing.T, conn net.PacketConn, n *Node, domain byte) {
	t.Helper()
	address := net.ParseIP(n.PodAddress(1, false)).To4()
	buffer := make([]byte, 65536)
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for {
		size, _, err := conn.ReadFrom(buffer)
		if err != nil {
			t.Fatal(err)
		}
		if size > 16 && buffer[12] == domain && bytes.Contains(buffer[16:size], address) {
			return
		}
	}
}
