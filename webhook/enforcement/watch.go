package enforcement

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"sluice/internal/informer"
	"sluice/internal/kube"
	"sluice/validation"
)

// Watch watches the policies of a cluster. Reviews read its snapshot without a lock.
type Watch struct {
	policies *informer.Informer
	compiler *compiler
	snapshot atomic.Pointer[Snapshot]
	changes  chan struct{}
	log      logr.Logger
}

// NewWatch prepares a watch, which Run starts. No policy applies to the exempt users.
func NewWatch(client dynamic.Interface, exempt []string, log logr.Logger) (*Watch, error) {
	w := &Watch{compiler: newCompiler(exempt), log: log, changes: make(chan struct{}, 1)}
	var err error
	w.policies, err = informer.New(client.Resource(kube.Policies()), "", "flowexportpolicies", log)
	return w, err
}

// ErrNotSynced means that the policies have not been read yet. No change may be allowed then.
var ErrNotSynced = errors.New("the policies have not been read from the API server yet")

// Policies returns the policies in force.
func (w *Watch) Policies() (validation.PolicySet, error) {
	s := w.snapshot.Load()
	if s == nil {
		return nil, ErrNotSynced
	}
	return s.Policies, nil
}

// Snapshot returns the policies in force; nil until they are read.
func (w *Watch) Snapshot() *Snapshot { return w.snapshot.Load() }

// Changes returns a channel that receives a value after each new snapshot.
func (w *Watch) Changes() <-chan struct{} { return w.changes }

// Run watches until ctx ends.
func (w *Watch) Run(ctx context.Context) error {
	go w.policies.RunWithContext(ctx)
	if !w.policies.Wait(ctx) {
		return nil
	}
	for {
		w.compile()
		select {
		case <-ctx.Done():
			return nil
		case <-w.policies.Changes():
		}
	}
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
	select {
	case w.changes <- struct{}{}:
	default: // a value is waiting already
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
