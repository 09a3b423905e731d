package enforcement

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"sluice/internal/informer"
	"sluice/internal/kube"
	"sluice/validation"
	"sluice/validation/policy"
)

// Watch watches the policies of a cluster. Reviews read its snapshot without a lock.
type Watch struct {
	policies *informer.Informer
	compiler *compiler
	snapshot atomic.Pointer[Snapshot]
	changes  chan struct{}
	// subscribers receive a value after each new snapshot, like changes.
	mu          sync.Mutex
	subscribers []chan struct{}
	limit       time.Duration
	log         logr.Logger
}

// NewWatch prepares a watch, which Run starts. No policy applies to the exempt users. limit is how
// long the API server may be silent before the policies count as stale.
func NewWatch(client dynamic.Interface, exempt []string, limit time.Duration, log logr.Logger, options ...informer.Option) (*Watch, error) {
	w := &Watch{compiler: newCompiler(exempt), limit: limit, log: log, changes: make(chan struct{}, 1)}
	var err error
	w.policies, err = informer.New(client.Resource(kube.Policies()), "", "flowexportpolicies", log, options...)
	return w, err
}

// ErrNotSynced means that the policies have not been read yet. No change may be allowed then.
var ErrNotSynced = errors.New("the policies have not been read from the API server yet")

// StaleError means that the API server has been silent for too long: the policies may have changed
// since. No change may be allowed or denied then.
type StaleError struct{ Silence time.Duration }

// Error implements error.
func (e *StaleError) Error() string {
	return fmt.Sprintf("the policies may be out of date: the API server has not answered the watch of flowexportpolicies for %s", e.Silence.Round(time.Second))
}

// Policies returns the policies in force. It fails while they are unknown: before they are read for
// the first time, and with a StaleError after the API server has been silent for too long.
func (w *Watch) Policies() (validation.PolicySet, error) {
	set, err := w.Set()
	if err != nil {
		return nil, err
	}
	return set, nil
}

// Set returns what Policies does.
func (w *Watch) Set() (*policy.Set, error) {
	s := w.snapshot.Load()
	if s == nil {
		return nil, ErrNotSynced
	}
	if silence := w.policies.Silence(); silence > w.limit {
		return nil, &StaleError{silence}
	}
	return s.Policies, nil
}

// Snapshot returns the policies in force; nil until they are read.
func (w *Watch) Snapshot() *Snapshot { return w.snapshot.Load() }

// Changes returns a channel that receives a value after each new snapshot.
func (w *Watch) Changes() <-chan struct{} { return w.changes }

// Subscribe returns another channel that receives a value after each new snapshot.
func (w *Watch) Subscribe() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := make(chan struct{}, 1)
	w.subscribers = append(w.subscribers, c)
	return c
}

// Run watches until ctx ends.
func (w *Watch) Run(ctx context.Context) error {
	go w.policies.RunWithContext(ctx)
	if !w.policies.Wait(ctx) {
		return nil
	}
	w.compile()
	check := time.NewTicker(staleCheck)
	defer check.Stop()
	for stale := false; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-w.policies.Changes():
			w.compile()
		case <-check.C:
		}
		stale = w.reportStale(stale)
	}
}

// staleCheck is how often to look whether the policies became stale. Reviews do not wait for it.
const staleCheck = time.Second

// reportStale logs when the policies become stale, and when they are current again.
func (w *Watch) reportStale(before bool) bool {
	silence := w.policies.Silence()
	now := silence > w.limit
	switch {
	case now && !before:
		w.log.Error(&StaleError{silence}, "policies are stale: this replica is not ready and reviews no change until the API server answers", "limit", w.limit.String())
	case before && !now:
		w.log.Info("policies are current again")
	}
	return now
}

func (w *Watch) compile() {
	var objects []*unstructured.Unstructured
	for _, item := range w.policies.GetStore().List() {
		if u, ok := item.(*unstructured.Unstructured); ok {
			objects = append(objects, u)
		}
	}
	before, after := w.snapshot.Load(), w.compiler.compile(objects)
	w.snapshot.Store(after)
	for _, s := range after.States {
		if s.Err != nil && !wasUnreadable(before, s) {
			w.log.Error(s.Err, "policy can't be read; this generation is not in force", "policy", s.Name, "generation", s.Generation, "inForce", s.InForce)
		}
	}
	w.log.V(1).Info("policies compiled", "policies", after.Policies.Len())
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range append([]chan struct{}{w.changes}, w.subscribers...) {
		select {
		case c <- struct{}{}:
		default: // a value is waiting already
		}
	}
}

// wasUnreadable reports whether this generation could not be read before either.
func wasUnreadable(before *Snapshot, s State) bool {
	if before == nil {
		return false
	}
	for _, b := range before.States {
		if b.UID == s.UID && b.Generation == s.Generation {
			return b.Err != nil
		}
	}
	return false
}
