package node

import (
	"context"
	"testing"
)

// TestCollectors sends the records of one node to real collectors.
func TestCollectors(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]NetworkOptions{"namespaces": {}, "dummy": {Dummy: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			network := startNetwork(t, options)
			collect(t, network, startNode(t, network, "worker"))
		})
	}
}

func freePort(t *testing.T, network *Network, ipv6 bool) string {
	t.Helper()
	address, err := network.FreePort(t.Context(), network.CollectorAddress(ipv6))
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func collect(t *testing.T, network *Network, n *Node) {
	netflow, sflow, ipfix := freePort(t, network, false), freePort(t, network, true), freePort(t, network, true)
	nfcapd, err := StartNfcapd(t.Context(), network, netflow, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nfcapd.Stop)
	sfacctd, err := StartSfacctd(t.Context(), network, sflow)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sfacctd.Stop() })
	nfacctd, err := StartNfacctd(t.Context(), network, ipfix)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nfacctd.Stop() })
	vsctl(
		t, n, "--id=@n", "create", "NetFlow", `targets=["`+netflow+`"]`, "active_timeout=60",
		"--", "--id=@s", "create", "sFlow", `targets=["`+sflow+`"]`, "agent="+ManagementPort, "sampling=1",
		"--", "--id=@i", "create", "IPFIX", `targets=["`+ipfix+`"]`, "sampling=1", "cache_active_timeout=1",
		"--", "set", "Bridge", Bridge, "netflow=@n", "sflow=@s", "ipfix=@i",
	)
	const packets = 20
	traffic(t, n, packets)
	awaitPackets(t, n, "sFlow", packets, sfacctd.Flows)
	// IPFIX samples a packet where it comes in and where it goes out.
	awaitPackets(t, n, "IPFIX", 2*packets, nfacctd.Flows)
	err = poll(t.Context(), "NetFlow", func(ctx context.Context) (bool, error) {
		flows, err := nfcapd.Flows(ctx)
		sum := 0
		for _, flow := range flows {
			if flow.Source == n.PodAddress(1, false) && flow.Destination == n.PodAddress(2, false) && flow.DestPort == DestinationPort {
				sum += flow.Packets
			}
		}
		return sum == packets, err
	})
	if err != nil {
		log, _ := nfcapd.Log()
		flows, err2 := nfcapd.Flows(t.Context())
		t.Errorf("%v\n%s\n%v %v", err, log, flows, err2)
	}
}

// awaitPackets waits until a collector has counted the pods' packets over IPv4 and IPv6.
func awaitPackets(t *testing.T, n *Node, protocol string, want int, list func() ([]PmacctFlow, error)) {
	t.Helper()
	for _, ipv6 := range []bool{false, true} {
		sum := 0
		err := poll(t.Context(), protocol, func(context.Context) (bool, error) {
			flows, err := list()
			sum = 0
			for _, flow := range flows {
				if flow.Source == n.PodAddress(1, ipv6) && flow.Destination == n.PodAddress(2, ipv6) && flow.DestPort == DestinationPort {
					sum += flow.Packets
				}
			}
			return sum == want, err
		})
		if err != nil {
			flows, _ := list()
			stats, _ := n.Ofctl(t.Context(), "dump-ipfix-bridge", Bridge)
			t.Errorf("%v; %d packets, want %d; %+v\n%s", err, sum, want, flows, stats)
		}
	}
}
