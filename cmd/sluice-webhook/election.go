package main

import (
	"context"
	"fmt"
	"time"

	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// The times of the election, as Kubernetes' own controllers have them.
const (
	leaseDuration = 15 * time.Second
	renewDeadline = 10 * time.Second
	retryPeriod   = 2 * time.Second
)

// election lets one replica at a time do a work.
type election struct {
	lock                      resourcelock.Interface
	duration, deadline, retry time.Duration
	// work is done as long as this replica is the elected one; it ends when its context does.
	work func(context.Context)
}

// run stands for election until ctx ends, again after each one that is lost.
func (e *election) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := e.term(ctx); err != nil {
			return err
		}
	}
	return nil
}

// term stands for one election, and returns when it is lost and the work has ended. client-go
// begins the work in a goroutine and doesn't wait for it; the API server that doesn't renew
// the lease is likely to be what the work hangs at.
func (e *election) term(ctx context.Context) error {
	// The work has the turn until it has ended; after the term nobody gets it.
	turn := make(chan struct{}, 1)
	turn <- struct{}{}
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: e.lock, LeaseDuration: e.duration, RenewDeadline: e.deadline, RetryPeriod: e.retry, ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(ctx context.Context) {
				select {
				case <-turn:
				default:
					return // the term was over before this goroutine began
				}
				defer func() { turn <- struct{}{} }()
				e.work(ctx)
			},
			OnStoppedLeading: func() {}, // the work itself clears up
		},
	})
	if err != nil {
		return fmt.Errorf("prepare election: %w", err)
	}
	elector.Run(ctx)
	<-turn
	return nil
}
