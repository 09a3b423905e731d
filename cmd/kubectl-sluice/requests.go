package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/retry"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
)

const (
	// startsPerSecond is how many nodes start to verify in a second: each replaces the sockets to
	// all of its collectors, and writes its report.
	startsPerSecond = 20
	// withdrawals is how many requests are withdrawn at a time.
	withdrawals = 10
	// stale is how long after its end the request of a command that was killed is kept.
	stale = time.Minute
)

// starting is how long it takes until all nodes have a request.
func starting(nodes int) time.Duration { return time.Duration(nodes) * time.Second / startsPerSecond }

// requests are the requests for verifications of one command, by node. Other commands may have
// theirs in the same annotation.
type requests struct {
	access  *access
	timeout time.Duration
	// nodeTime is what the clock of a node shows at a time of the API server's.
	nodeTime func(node string, at time.Time) time.Time

	mu         sync.Mutex
	sent       map[string]*sentRequest
	withdrawal errgroup.Group
}

// sentRequest is a request to one node, and whether it was taken back.
type sentRequest struct {
	request   string
	withdrawn bool
}

func newRequests(a *access, timeout time.Duration, nodeTime func(string, time.Time) time.Time) *requests {
	r := &requests{access: a, timeout: timeout, nodeTime: nodeTime, sent: map[string]*sentRequest{}}
	r.withdrawal.SetLimit(withdrawals)
	return r
}

// now is what the clock of a node shows.
func (r *requests) now(node string) time.Time { return r.nodeTime(node, r.access.now()) }

// of is the request to a node; empty if there is none.
func (r *requests) of(node string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.sent[node]; s != nil {
		return s.request
	}
	return ""
}

// send requests a verification from the nodes, one after the other.
func (r *requests) send(ctx context.Context, nodes []string) error {
	ticker := time.NewTicker(time.Second / startsPerSecond)
	defer ticker.Stop()
	for i, node := range nodes {
		if i > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-ticker.C:
			}
		}
		// Two commands never have the same request: it ends at another nanosecond. The agent compares it
		// with the clock of its node.
		request := r.now(node).Add(r.timeout).UTC().Format(time.RFC3339Nano)
		r.set(node, &sentRequest{request: request}) // a request without an answer may be stored
		err := r.edit(ctx, node, func(all []string) []string { return append(all, request) })
		if apierrors.IsNotFound(err) {
			r.set(node, nil)
			continue // the node is gone; there is no answer
		}
		if err != nil {
			return mayNotVerify{fmt.Errorf("request a verification on %s: %w", node, err)}
		}
	}
	return nil
}

func (r *requests) set(node string, s *sentRequest) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s == nil {
		delete(r.sent, node)
		return
	}
	r.sent[node] = s
}

// withdraw takes back the requests to some nodes, without waiting for it. withdrawAll does what
// is left over.
func (r *requests) withdraw(ctx context.Context, nodes []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, node := range nodes {
		s := r.sent[node]
		if s == nil || s.withdrawn {
			continue
		}
		s.withdrawn = r.withdrawal.TryGo(func() error { return r.remove(context.WithoutCancel(ctx), node, s.request) })
	}
}

// withdrawAll takes back what is left, and waits until all is taken back.
func (r *requests) withdrawAll(ctx context.Context) error {
	r.mu.Lock()
	for node, s := range r.sent {
		if !s.withdrawn {
			s.withdrawn = true
			r.withdrawal.Go(func() error { return r.remove(ctx, node, s.request) })
		}
	}
	r.mu.Unlock()
	return r.withdrawal.Wait()
}

// remove takes back one request.
func (r *requests) remove(ctx context.Context, node, request string) error {
	err := r.edit(ctx, node, func(all []string) []string {
		return slices.DeleteFunc(all, func(other string) bool { return other == request })
	})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("withdraw the verification on %s: %w", node, err)
	}
	return nil
}

// edit changes the list of requests of a node. The version keeps it from undoing what another
// command does at the same time.
func (r *requests) edit(ctx context.Context, node string, change func([]string) []string) error {
	reports := r.access.Client.Resource(kube.NodeFlowExports())
	return retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		u, err := reports.Get(ctx, node, metav1.GetOptions{})
		if err != nil {
			return err
		}
		before := u.GetAnnotations()[v1alpha1.AnnotationVerify]
		list := slices.DeleteFunc(strings.Split(before, ","), func(request string) bool {
			until, err := time.Parse(time.RFC3339, request)
			return err != nil || until.Before(r.now(node).Add(-stale))
		})
		after := strings.Join(change(list), ",")
		if after == before {
			return nil
		}
		value := "null"
		if after != "" {
			value = `"` + after + `"`
		}
		patch := fmt.Sprintf(`{"metadata":{"resourceVersion":%q,"annotations":{%q:%s}}}`, u.GetResourceVersion(), v1alpha1.AnnotationVerify, value)
		_, err = reports.Patch(ctx, node, types.MergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: "kubectl-sluice"})
		return err
	})
}
