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

// Watch follows the policies of a cluster. Reviews read its snapshot without a lock.
type Watch struct {
	policies *informer.Informer
	compiler *compiler
	snapshot atomic.Pointer[Snapshot]
	changes  chan struct{}
	log      logr.Logger
}

// NewWatch prepares a watch; Run begins it. Users with an exempt name are never judged.
func NewWatch(client dynamic.Interface, exempt []string, log logr.Logger) (*Watch, error) {
	w := &Watch{compiler: newCompiler(exempt), log: log, changes: make(chan struct{}, 1)}
	var err error
	w.policies, err = informer.New(client.Resource(kube.Policies()), "", "flowexportpolicies", log)
	return w, err
}

// ErrNotSynced says that the policies have not been read yet: nothing may be allowed then.
var ErrNotSynced = errors.New("the policies have not been read from the API server yet")

// Policies are the policies in force.
func (w *Watch) Policies() (validation.PolicySet, error) {
	s := w.snapshot.Load()
	if s == nil {
		return nil, ErrNotSynced
	}
	return s.Policies, nil
}

// Snapshot is what is in force now; nil before the policies were read.
func (w *Watch) Snapshot() *Snapshot { return w.snapshot.Load() }

// Changes gets a value when there is a new snapshot.
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
		if s.Err != nil && !knownBad(before, s) {
			w.log.Error(s.Err, "policy can't be read; this generation is not in force", "policy", s.Name, "generation", s.Generation, "inForce", s.InForce)
		}
	}
	w.log.V(1).Info("policies compiled", "policies", after.Policies.Len())
	select {
	case w.changes <- struct{}{}:
	default: // it will be looked at anyway
	}
}

// knownBad reports whether this generation was bad before already.
func knownBad(before *Snapshot, s State) bool {
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
