package applier

import (
	"context"
	"fmt"
	"testing"

	"sluice/test/harness/node"
)

// Kind of fault: a check that disturbs what it checks. A probe is an empty datagram. The collectors get
// several of them before, between and after the records, and go on.
func TestProbesDoNotDisturbCollectors(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	apply(t, fastProfile)
	var targets []string
	for range 3 {
		targets = append(targets, freePort(t, f))
	}
	nfcapd, err := node.StartNfcapd(t.Context(), f.Network, targets[0], t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nfcapd.Stop)
	sfacctd, err := node.StartSfacctd(t.Context(), f.Network, targets[1])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sfacctd.Stop() })
	nfacctd, err := node.StartNfacctd(t.Context(), f.Network, targets[2])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nfacctd.Stop() })
	exportTo(t, targets)
	startAgent(t, f, n, "--probe-interval=1s")
	hasStates(t, n, map[string]string{"NetFlow": healthy, "SFlow": healthy, "IPFIX": healthy})
	before := map[string]int{}
	for range 2 { // nfcapd writes every 2 seconds: there is a probe at the start, and more between
		if err := n.Traffic(t.Context(), 20); err != nil {
			t.Fatal(err)
		}
		eventually(t, func(ctx context.Context) string {
			counts, err := podRecords(ctx, n, nfcapd, map[string]*node.Pmacct{"sfacctd": sfacctd, "nfacctd": nfacctd})
			for _, name := range []string{"nfcapd", "sfacctd", "nfacctd"} {
				if err != nil || counts[name] <= before[name] {
					return fmt.Sprintf("%s got nothing new: %v, %v", name, counts, err)
				}
			}
			before = counts
			return ""
		})
	}
	for name, log := range map[string]func() (string, error){"nfcapd": nfcapd.Log, "sfacctd": sfacctd.Log, "nfacctd": nfacctd.Log} {
		text, err := log()
		t.Logf("%s, %v:\n%s", name, err, text)
	}
}

// podRecords counts the records of a node's pods that each collector got.
func podRecords(ctx context.Context, n *node.Node, nfcapd *node.Nfcapd, others map[string]*node.Pmacct) (map[string]int, error) {
	counts := map[string]int{}
	count := func(name, source, destination string) {
		if source == n.PodAddress(1, false) && destination == n.PodAddress(2, false) {
			counts[name]++
		}
	}
	flows, err := nfcapd.Flows(ctx)
	if err != nil {
		return nil, err
	}
	for _, flow := range flows {
		count("nfcapd", flow.Source, flow.Destination)
	}
	for name, c := range others {
		flows, err := c.Flows()
		if err != nil {
			return nil, err
		}
		for _, flow := range flows {
			count(name, flow.Source, flow.Destination)
		}
	}
	return counts, nil
}
