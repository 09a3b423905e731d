package informer

import (
	"context"
	"fmt"
	"maps"
	"reflect"
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

// Informer watches one object by name, or all objects of a resource. Its store has unstructured
// objects without managed fields.
type Informer struct {
	cache.SharedIndexInformer
	changes chan struct{}
	reduce  func(*unstructured.Unstructured)
	failed  func(error)
	labels  string
}

// Option configures an Informer.
type Option func(*Informer)

// Notify makes an Informer send changes to a channel that other Informers can share. The channel
// should have room for one value.
func Notify(changes chan struct{}) Option { return func(i *Informer) { i.changes = changes } }

// Reduce sets a function that removes unused parts of an object before it is stored. Changes in
// these parts are not notified.
func Reduce(reduce func(*unstructured.Unstructured)) Option {
	return func(i *Informer) { i.reduce = reduce }
}

// OnFailure sets a function that receives the errors of the watch, instead of the log.
func OnFailure(failed func(error)) Option { return func(i *Informer) { i.failed = failed } }

// Labeled narrows an Informer to the objects that a label selector selects.
func Labeled(selector string) Option { return func(i *Informer) { i.labels = selector } }

// New prepares a watch, which RunWithContext starts. Without a name it watches all objects. what
// names the resource in errors and in the log.
func New(resource dynamic.ResourceInterface, name, what string, log logr.Logger, options ...Option) (*Informer, error) {
	i := &Informer{
		changes: make(chan struct{}, 1), reduce: func(*unstructured.Unstructured) {},
		failed: func(err error) { log.Error(err, "watch failed; retrying", "resource", what) },
	}
	for _, option := range options {
		option(i)
	}
	narrow := func(o metav1.ListOptions) metav1.ListOptions {
		if name != "" {
			o.FieldSelector = fields.OneTermEqualSelector("metadata.name", name).String()
		}
		o.LabelSelector = i.labels
		return o
	}
	i.SharedIndexInformer = cache.NewSharedIndexInformer(&cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			return resource.List(ctx, narrow(o))
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			return resource.Watch(ctx, narrow(o))
		},
	}, &unstructured.Unstructured{}, 0, nil)
	if err := i.SetTransform(func(object any) (any, error) {
		if u, ok := object.(*unstructured.Unstructured); ok {
			u.SetManagedFields(nil)
			i.reduce(u)
		}
		return object, nil
	}); err != nil {
		return nil, fmt.Errorf("prepare watch of %s: %w", what, err)
	}
	if err := i.SetWatchErrorHandlerWithContext(func(_ context.Context, _ *cache.Reflector, err error) {
		i.failed(fmt.Errorf("watch %s: %w", what, err))
	}); err != nil {
		return nil, fmt.Errorf("prepare watch of %s: %w", what, err)
	}
	_, err := i.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { i.notify() },
		UpdateFunc: i.updated,
		DeleteFunc: func(any) { i.notify() },
	})
	if err != nil {
		return nil, fmt.Errorf("prepare watch of %s: %w", what, err)
	}
	return i, nil
}

func (i *Informer) notify() {
	select {
	case i.changes <- struct{}{}:
	default: // a value is waiting already
	}
}

// updated notifies of an update if anything but the resource version changed.
func (i *Informer) updated(old, object any) {
	before, ok1 := old.(*unstructured.Unstructured)
	after, ok2 := object.(*unstructured.Unstructured)
	if ok1 && ok2 && before.GetUID() == after.GetUID() && reflect.DeepEqual(withoutVersion(before), withoutVersion(after)) {
		return
	}
	i.notify()
}

func withoutVersion(u *unstructured.Unstructured) map[string]any {
	content := maps.Clone(u.Object)
	if metadata, ok := content["metadata"].(map[string]any); ok {
		metadata = maps.Clone(metadata)
		delete(metadata, "resourceVersion")
		content["metadata"] = metadata
	}
	return content
}

// syncCheck is how often to check whether the first list is complete.
const syncCheck = 20 * time.Millisecond

// Changes returns a channel that receives a value after a change.
func (i *Informer) Changes() <-chan struct{} { return i.changes }

// Objects returns all objects in the store.
func (i *Informer) Objects() []*unstructured.Unstructured {
	var list []*unstructured.Unstructured
	for _, item := range i.GetStore().List() {
		if u, ok := item.(*unstructured.Unstructured); ok {
			list = append(list, u)
		}
	}
	return list
}

// Object returns the object of a watch by name; nil if it does not exist.
func (i *Informer) Object() *unstructured.Unstructured {
	for _, u := range i.Objects() {
		return u
	}
	return nil
}

// Wait waits until all objects are read once. It returns false if ctx ends before.
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
