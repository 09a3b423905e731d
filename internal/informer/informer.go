package informer

import (
	"context"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"
)

// Informer is a watch of one object by name, or of all of a resource. Its store holds
// unstructured objects.
type Informer struct {
	cache.SharedIndexInformer
	changes chan struct{}
}

// New prepares a watch; RunWithContext begins it. Without a name it is of all objects. What
// stands in the log when the API server can't be watched.
func New(resource dynamic.ResourceInterface, name, what string, log logr.Logger) (*Informer, error) {
	narrow := func(o metav1.ListOptions) metav1.ListOptions {
		if name != "" {
			o.FieldSelector = fields.OneTermEqualSelector("metadata.name", name).String()
		}
		return o
	}
	i := &Informer{changes: make(chan struct{}, 1)}
	i.SharedIndexInformer = cache.NewSharedIndexInformer(&cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			return resource.List(ctx, narrow(o))
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			return resource.Watch(ctx, narrow(o))
		},
	}, &unstructured.Unstructured{}, 0, nil)
	tell := func() {
		select {
		case i.changes <- struct{}{}:
		default: // it will be looked at anyway
		}
	}
	if err := i.SetTransform(func(object any) (any, error) {
		if u, ok := object.(*unstructured.Unstructured); ok {
			u.SetManagedFields(nil)
		}
		return object, nil
	}); err != nil {
		return nil, fmt.Errorf("prepare watch of %s: %w", what, err)
	}
	if err := i.SetWatchErrorHandlerWithContext(func(_ context.Context, _ *cache.Reflector, err error) {
		log.Error(err, "the API server is not watched; it is tried again", "resource", what)
	}); err != nil {
		return nil, fmt.Errorf("prepare watch of %s: %w", what, err)
	}
	_, err := i.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { tell() },
		UpdateFunc: func(_, _ any) { tell() },
		DeleteFunc: func(any) { tell() },
	})
	if err != nil {
		return nil, fmt.Errorf("prepare watch of %s: %w", what, err)
	}
	return i, nil
}

// syncCheck is how often to look whether a watch has begun.
const syncCheck = 20 * time.Millisecond

// Changes gets a value when something changed.
func (i *Informer) Changes() <-chan struct{} { return i.changes }

// Wait waits until everything was read once; false if ctx ended before.
func (i *Informer) Wait(ctx context.Context) bool {
	ticker := time.NewTicker(syncCheck)
	defer ticker.Stop()
	for !i.HasSynced() {
		select {
		case <-ctx.Done():
			return false
		case <-ticker.C:
		}
	}
	return true
}
