package enforcement

import (
	"context"
	"fmt"
	"time"

	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// The times of the election, the same as those of Kubernetes' own controllers.
const (
	leaseDuration = 15 * time.Second
	renewDeadline = 10 * time.Second
	retryPeriod   = 2 * time.Second
)

// Election lets one replica at a time do some work.
type Election struct {
	Lock resourcelock.Interface
	// Work runs while this replica is the elected one, and must end when its context does.
	Work func(context.Context)
}

// Run takes part in elections until ctx ends.
func (e *Election) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := e.term(ctx); err != nil {
			return err
		}
	}
	return nil
}

// term takes part in one election. It returns after the election is lost and the work has
// ended. client-go starts the work in a goroutine and does not wait for it, and the work is
// likely to hang when the lease can't be renewed: both need the API server.
func (e *Election) term(ctx context.Context) error {
	// The channel holds a value while no work runs and none has to be waited for.
	idle := make(chan struct{}, 1)
	idle <- struct{}{}
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: e.Lock, LeaseDuration: leaseDuration, RenewDeadline: renewDeadline, RetryPeriod: retryPeriod, ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(ctx context.Context) {
				select {
				case <-idle:
				default:
					return // the term ended before this goroutine started
				}
				defer func() { idle <- struct{}{} }()
				e.Work(ctx)
			},
			OnStoppedLeading: func() {}, // the work cleans up after itself
		},
	})
	if err != nil {
		return fmt.Errorf("prepare election: %w", err)
	}
	elector.Run(ctx)
	<-idle
	return nil
}
