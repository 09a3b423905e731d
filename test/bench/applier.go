package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	ovsnode "sluice/applier/node"
	"sluice/test/harness/cluster"
	"sluice/test/harness/node"
	"sluice/test/harness/nodes"
)

// applier is what the measurements of the applier share: an API server, a node, and access to both.
type applier struct {
	*bench
	fleet  *nodes.Fleet
	node   *node.Node
	client dynamic.Interface
	watch  *ovsnode.Watch
}

// measurement is one of the measurements of the applier.
type measurement struct {
	what string
	run  func(context.Context) error
}

// appliers measures the applier on one real node and on a thousand simulated nodes.
func (b *bench) appliers(ctx context.Context) error {
	return b.withNode(ctx, func(a *applier) []measurement {
		return []measurement{
			{"patch to record", a.latency}, {"repair", a.repair}, {"an idle agent", a.idle}, {"the datapath", a.datapath}, {"1,000 agents", a.thousand},
		}
	})
}

// scales measures many simulated nodes.
func (b *bench) scales(ctx context.Context) error {
	return b.withNode(ctx, func(a *applier) []measurement {
		return []measurement{{fmt.Sprintf("%d agents", b.agents), func(ctx context.Context) error { return a.scale(ctx, b.agents) }}}
	})
}

// datapaths measures the cost of export in the datapath.
func (b *bench) datapaths(ctx context.Context) error {
	return b.withNode(ctx, func(a *applier) []measurement {
		return []measurement{{"patch to record", a.latency}, {"the datapath", a.datapath}}
	})
}

// withNode runs measurements with one real node.
func (b *bench) withNode(ctx context.Context, list func(*applier) []measurement) (err error) {
	c, err := cluster.StartControlPlane(ctx, cluster.Users())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Stop()) }()
	if err := c.InstallOpenShift(ctx); err != nil {
		return err
	}
	a := &applier{bench: b}
	a.fleet, err = nodes.Start(ctx, c, nodes.Options{Nodes: []string{"worker-1"}, Program: b.agent})
	defer func() { err = errors.Join(err, a.fleet.Stop()) }()
	if err != nil {
		return err
	}
	a.node = a.fleet.Nodes[0]
	if a.client, err = dynamic.NewForConfig(c.As(cluster.Admin)); err != nil {
		return fmt.Errorf("reach the API server: %w", err)
	}
	a.watch = ovsnode.NewWatch("unix:"+a.node.Socket(), logr.Discard())
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go func() { _ = a.watch.Run(watching) }()
	for _, measure := range list(a) {
		b.progress(measure.what)
		if err := measure.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", measure.what, err)
		}
	}
	return nil
}

// export patches the lists of collectors.
func (a *applier) export(ctx context.Context, flows string) error {
	networks := schema.GroupVersionResource{Group: "operator.openshift.io", Version: "v1", Resource: "networks"}
	_, err := a.client.Resource(networks).Patch(ctx, "cluster", types.MergePatchType, []byte(`{"spec":{"exportNetworkFlows":`+flows+`}}`), metav1.PatchOptions{})
	if err != nil {
		return fmt.Errorf("patch the Network: %w", err)
	}
	return nil
}

// targets are the NetFlow targets of the node.
func (a *applier) targets(ctx context.Context) (string, error) {
	text, err := a.node.Vsctl(ctx, "--columns=targets", "find", "NetFlow")
	return strings.TrimSpace(text), err
}

// until waits until the NetFlow targets contain a text, or are empty if the text is.
func (a *applier) until(ctx context.Context, text string) error {
	return nodes.Wait(ctx, 30*time.Second, func(ctx context.Context) string {
		got, err := a.targets(ctx)
		if err == nil && (got == "") == (text == "") && strings.Contains(got, text) {
			return ""
		}
		return fmt.Sprintf("NetFlow's targets are %q, not %q (%v)", got, text, err)
	})
}

// quiet waits until there are no more changes.
func (a *applier) quiet(ctx context.Context) {
	for {
		timer := time.NewTimer(150 * time.Millisecond)
		select {
		case <-a.watch.Changes():
			timer.Stop()
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		}
	}
}

// latencySamples is how often each latency is measured in a round. The rounds of both are interleaved, so that a machine
// that gets slower or faster meanwhile changes both alike.
const latencySamples = 100

// latency measures the time from the patch of the API object to the change in the database, and
// that of a bare ovs-vsctl with the same change. Both are medians of the rounds, the p99 too: one
// hiccup of the machine is not that of the agent.
func (a *applier) latency(ctx context.Context) error {
	var ratios []float64
	var patched, bare, patched99, bare99 []time.Duration
	for range a.rounds() {
		through, err := a.patches(ctx)
		if err != nil {
			return err
		}
		direct, err := a.transactions(ctx)
		if err != nil {
			return err
		}
		p50, base := median(through), median(direct)
		ratios = append(ratios, float64(p50)/float64(base))
		patched, bare = append(patched, p50), append(bare, base)
		patched99 = append(patched99, through[len(through)*99/100])
		bare99 = append(bare99, direct[len(direct)*99/100])
	}
	ratio, p99 := middle(ratios), median(patched99)
	a.add(row{fmt.Sprintf("patch sent → OVS record changed, p50 / one bare ovs-vsctl transaction, p50; median of %d interleaved rounds", a.rounds()), millis(median(bare)), millis(median(patched)), fmt.Sprintf("%.2f", ratio), "≤ 3", ratio <= 3})
	a.add(row{"the same, p99 (bare: p99), median of the rounds", millis(median(bare99)), millis(p99), "", "≤ 100 ms", p99 <= 100*time.Millisecond})
	a.add(row{"the same, p99 of the worst round", millis(bare99[len(bare99)-1]), millis(patched99[len(patched99)-1]), "", "", false})
	return nil
}

// patches measures an agent.
func (a *applier) patches(ctx context.Context) ([]time.Duration, error) {
	agent, err := a.fleet.StartAgent(ctx, a.node, "--write-burst=100000")
	if err != nil {
		return nil, err
	}
	if err := a.export(ctx, `{"netFlow":{"collectors":["192.0.2.250:2055"]}}`); err != nil {
		return nil, err
	}
	if err := a.until(ctx, "192.0.2.250:2055"); err != nil {
		return nil, err
	}
	var samples []time.Duration
	for i := range latencySamples {
		a.quiet(ctx)
		start := time.Now()
		if err := a.export(ctx, fmt.Sprintf(`{"netFlow":{"collectors":["192.0.2.%d:2055"]}}`, i+1)); err != nil {
			return nil, err
		}
		select {
		case <-a.watch.Changes():
			samples = append(samples, time.Since(start))
		case <-time.After(10 * time.Second):
			return nil, fmt.Errorf("patch %d changed nothing; log of the agent:\n%s", i, agent.Log())
		}
	}
	if err := a.until(ctx, fmt.Sprintf("192.0.2.%d:2055", latencySamples)); err != nil {
		return nil, err
	}
	return samples, agent.Stop()
}

// transactions measures bare ovs-vsctl. The last one leaves what the agent applied last.
func (a *applier) transactions(ctx context.Context) ([]time.Duration, error) {
	var samples []time.Duration
	for i := range latencySamples {
		start := time.Now()
		if _, err := a.node.Vsctl(ctx, "set", "NetFlow", "br-int", fmt.Sprintf(`targets=["192.0.2.%d:2055"]`, i+1)); err != nil {
			return nil, err
		}
		samples = append(samples, time.Since(start))
	}
	return samples, nil
}

// repair measures how long after the hold-down the agent repairs a clear by another writer.
func (a *applier) repair(ctx context.Context) error {
	const holdDown, rounds = time.Second, 10
	agent, err := a.fleet.StartAgent(ctx, a.node, "--hold-down="+holdDown.String(), "--max-repairs=100", "--write-burst=100000")
	if err != nil {
		return err
	}
	if err := a.export(ctx, `{"netFlow":{"collectors":["192.0.2.251:2055"]}}`); err != nil {
		return err
	}
	if err := a.until(ctx, "192.0.2.251:2055"); err != nil {
		return err
	}
	var late []time.Duration
	for range rounds {
		a.quiet(ctx)
		start := time.Now()
		if _, err := a.node.Vsctl(ctx, "clear", "Bridge", "br-int", "netflow"); err != nil {
			return err
		}
		if err := a.until(ctx, "192.0.2.251:2055"); err != nil {
			return err
		}
		late = append(late, time.Since(start)-holdDown)
	}
	slices.Sort(late)
	worst := late[len(late)-1]
	a.add(row{"a foreign clear repaired, after the hold-down of 1 s: p50 (worst)", "", fmt.Sprintf("%s (%s)", millis(median(late)), millis(worst)), "", "≤ 1 s", worst <= time.Second})
	return agent.Stop()
}
