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

// appliers measures the applier on one real node and on a thousand simulated nodes.
func (b *bench) appliers(ctx context.Context) (err error) {
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
	for _, measure := range []struct {
		what string
		run  func(context.Context) error
	}{
		{"patch to record", a.latency},
		{"repair", a.repair},
		{"an idle agent", a.idle},
		{"the datapath", a.datapath},
		{"1,000 agents", a.thousand},
	} {
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

const latencyRounds = 200

// latency measures the time from the patch of the API object to the change in the database, and
// that of a bare ovs-vsctl with the same change.
func (a *applier) latency(ctx context.Context) error {
	agent, err := a.fleet.StartAgent(ctx, a.node, "--write-burst=100000")
	if err != nil {
		return err
	}
	if err := a.export(ctx, `{"netFlow":{"collectors":["192.0.2.250:2055"]}}`); err != nil {
		return err
	}
	if err := a.until(ctx, "192.0.2.250:2055"); err != nil {
		return err
	}
	var patched []time.Duration
	for i := range latencyRounds {
		a.quiet(ctx)
		start := time.Now()
		if err := a.export(ctx, fmt.Sprintf(`{"netFlow":{"collectors":["192.0.2.%d:2055"]}}`, i+1)); err != nil {
			return err
		}
		select {
		case <-a.watch.Changes():
			patched = append(patched, time.Since(start))
		case <-time.After(10 * time.Second):
			return fmt.Errorf("patch %d changed nothing; log of the agent:\n%s", i, agent.Log())
		}
	}
	if err := a.until(ctx, fmt.Sprintf("192.0.2.%d:2055", latencyRounds)); err != nil {
		return err
	}
	if err := agent.Stop(); err != nil {
		return err
	}
	var bare []time.Duration
	for i := range latencyRounds {
		start := time.Now()
		if _, err := a.node.Vsctl(ctx, "set", "NetFlow", "br-int", fmt.Sprintf(`targets=["192.0.2.%d:2055"]`, i+1)); err != nil {
			return err
		}
		bare = append(bare, time.Since(start))
	}
	p50, base := median(patched), median(bare)
	p99 := patched[len(patched)*99/100]
	ratio := float64(p50) / float64(base)
	a.add(row{"patch sent → OVS record changed, p50 / one bare ovs-vsctl transaction, p50", millis(base), millis(p50), fmt.Sprintf("%.2f", ratio), "≤ 3", ratio <= 3})
	a.add(row{"the same, p99 (bare: p99)", millis(bare[len(bare)*99/100]), millis(p99), "", "≤ 100 ms", p99 <= 100*time.Millisecond})
	return nil
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
