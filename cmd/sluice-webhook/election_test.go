package main

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	ktesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// TestALostElectionWaitsForItsWork: the work hangs for an hour after the lease could not be
// renewed. Until it has ended the replica doesn't stand for election, though it would win.
func TestALostElectionWaitsForItsWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset()
		var away atomic.Bool
		var asked atomic.Int32
		client.PrependReactor("*", "leases", func(ktesting.Action) (bool, runtime.Object, error) {
			asked.Add(1)
			if away.Load() {
				return true, nil, errors.New("the API server is away")
			}
			return false, nil, nil
		})
		type call struct {
			ctx context.Context
			end chan struct{}
		}
		calls := make(chan call)
		e := &election{
			lock: &resourcelock.LeaseLock{
				LeaseMeta: metav1.ObjectMeta{Name: "sluice-webhook", Namespace: "sluice-system"}, Client: client.CoordinationV1(),
				LockConfig: resourcelock.ResourceLockConfig{Identity: "this"},
			},
			duration: leaseDuration, deadline: renewDeadline, retry: retryPeriod,
			work: func(ctx context.Context) {
				c := call{ctx, make(chan struct{})}
				calls <- c
				<-c.end
			},
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- e.run(ctx) }()

		first := <-calls
		away.Store(true)
		<-first.ctx.Done()
		away.Store(false)
		synctest.Wait()
		before := asked.Load()
		select {
		case <-calls:
			t.Error("the work was begun again while it went on")
		case <-time.After(time.Hour):
		}
		if n := asked.Load(); n != before {
			t.Errorf("it stood for election meanwhile: %d requests", n-before)
		}
		close(first.end)
		second := <-calls

		cancel()
		<-second.ctx.Done()
		select {
		case err := <-done:
			t.Errorf("it ended before its work: %v", err)
		case <-time.After(time.Hour):
		}
		close(second.end)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
