package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"sluice/applier/source"
	"sluice/test/harness/nodes"
)

// heartbeats measures what the Leases of agents cost the API server that does nothing else: its CPU time in a minute with
// and without them.
func (a *applier) heartbeats(ctx context.Context, group *errgroup.Group, heartbeats []*source.Heartbeat, writes *atomic.Int64) error {
	pid, err := childNamed("kube-apiserver")
	if err != nil {
		return err
	}
	without, err := busy(ctx, pid, time.Minute)
	if err != nil {
		return err
	}
	before := writes.Load()
	for _, h := range heartbeats {
		group.Go(func() error { return h.Run(ctx) })
	}
	many := int64(len(heartbeats))
	if err := nodes.Wait(ctx, 10*time.Minute, func(context.Context) string {
		if n := writes.Load() - before; n < many {
			return fmt.Sprintf("%d of %d Leases are written", n, many)
		}
		return ""
	}); err != nil {
		return err
	}
	before = writes.Load()
	with, err := busy(ctx, pid, 2*time.Minute)
	if err != nil {
		return err
	}
	renewed := float64(writes.Load()-before) / 120
	a.add(row{fmt.Sprintf("Leases of %d agents: renewals in a second, in 2 minutes", many), "", fmt.Sprintf("%.1f", renewed), "", "", false})
	a.add(row{"CPU of the API server with them (baseline: without), of one core", fmt.Sprintf("%.1f %%", 100*without), fmt.Sprintf("%.1f %%", 100*with), "", "", false})
	return nil
}

// busy is the share of one core that a process uses in some time.
func busy(ctx context.Context, pid int, span time.Duration) (float64, error) {
	before, err := cpu(pid)
	if err != nil {
		return 0, err
	}
	timer := time.NewTimer(span)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-timer.C:
	}
	after, err := cpu(pid)
	return float64(after-before) / float64(span), err
}
