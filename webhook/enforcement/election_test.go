package enforcement

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

// The work hangs for an hour after the lease could not be renewed. Until it ends, the replica
// takes part in no election, although it would win.
func TestElectionWaitsForWorkToEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset()
		var unreachable atomic.Bool
		var requests atomic.Int32
		client.PrependReactor("*", "leases", func(ktesting.Action) (bool, runtime.Object, error) {
			requests.Add(1)
			if unreachable.Load() {
				return true, nil, errors.New("the API server is unreachable")
			}
			return false, nil, nil
		})
		type call struct {
			ctx context.Context
			end chan struct{}
		}
		calls := make(chan call)
		e := &Election{
			Lock: &resourcelock.LeaseLock{
				LeaseMeta: metav1.ObjectMeta{Name: "sluice-webhook", Namespace: "sluice-system"}, Client: client.CoordinationV1(),
				LockConfig: resourcelock.ResourceLockConfig{Identity: "this"},
			},
			Work: func(ctx context.Context) {
				c := call{ctx, make(chan struct{})}
				calls <- c
				<-c.end
			},
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- e.Run(ctx) }()

		first := <-calls
		unreachable.Store(true)
		<-first.ctx.Done()
		unreachable.Store(false)
		synctest.Wait()
		before := requests.Load()
		select {
		case <-calls:
			t.Error("the work was started again while it was still running")
		case <-time.After(time.Hour):
		}
		if n := requests.Load(); n != before {
			t.Errorf("it took part in an election meanwhile: %d requests", n-before)
		}
		close(first.end)
		second := <-calls

		cancel()
		<-second.ctx.Done()
		select {
		case err := <-done:
			t.Errorf("the election ended before its work: %v", err)
		case <-time.After(time.Hour):
		}
		close(second.end)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
