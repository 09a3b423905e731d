package informer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
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
	what    string
	labels  string
	fields  string
	refresh time.Duration
	contact *contact
	running atomic.Bool
	absent  atomic.Bool
	ended   atomic.Bool
	measure func(*Informer)
	log     logr.Logger

	gapMutex sync.Mutex
	watches  int
	gap      *time.Time
}

// Option configures an Informer.
type Option func(*Informer)

// Notify makes an Informer send changes to a channel that other Informers can share. The channel
// should have room for one value.
func Notify(changes chan struct{}) Option { return func(i *Informer) { i.changes = changes } }

// Reduce sets a function that removes unused parts of an object before it is stored. Changes in
// these parts are not notified. It is called again with what it left of an object.
func Reduce(reduce func(*unstructured.Unstructured)) Option {
	return func(i *Informer) { i.reduce = reduce }
}

// Refresh makes the API server end each watch after a period, of at least a second, so that an
// Informer is in contact that often even if no object changes. Bookmarks can't be relied on: an API
// server sends none for a resource of which it has seen no event. Without this option a watch lasts
// up to ten minutes. The price is one request in each period.
func Refresh(period time.Duration) Option { return func(i *Informer) { i.refresh = period } }

// Labels sets a label selector for the objects to watch.
func Labels(selector string) Option { return func(i *Informer) { i.labels = selector } }

// Fields sets a field selector for the objects to watch; the name, if there is one, must match as well.
func Fields(selector string) Option { return func(i *Informer) { i.fields = selector } }

// Measure sets a function that receives the Informer once, for a metric of its silence.
func Measure(measure func(*Informer)) Option { return func(i *Informer) { i.measure = measure } }

// Clock replaces the clock of the contact with the API server, for tests.
func Clock(now func() time.Time) Option { return func(i *Informer) { i.contact = newContact(now) } }

// OnFailure sets a function that receives the errors of the watch, instead of the log.
func OnFailure(failed func(error)) Option { return func(i *Informer) { i.failed = failed } }

// New prepares a watch, which RunWithContext starts. Without a name it watches all objects. what
// names the resource in errors and in the log.
func New(resource dynamic.ResourceInterface, name, what string, log logr.Logger, options ...Option) (*Informer, error) {
	i := &Informer{
		changes: make(chan struct{}, 1), reduce: func(*unstructured.Unstructured) {},
		what: what, contact: newContact(time.Now), measure: func(*Informer) {}, log: log,
	}
	i.failed = i.logFailure
	for _, option := range options {
		option(i)
	}
	narrow := func(o metav1.ListOptions) metav1.ListOptions {
		o.FieldSelector = i.fields
		if name != "" {
			o.FieldSelector = strings.TrimPrefix(i.fields+","+fields.OneTermEqualSelector("metadata.name", name).String(), ",")
		}
		o.LabelSelector = i.labels
		return o
	}
	i.SharedIndexInformer = cache.NewSharedIndexInformer(&cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			ctx, cancel := context.WithTimeout(ctx, listTimeout)
			defer cancel()
			if one, ok := resource.(oneByOne); ok {
				return one.ListEach(ctx, narrow(o), i.prune)
			}
			return resource.List(ctx, narrow(o))
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			return i.start(ctx, resource, narrow(o))
		},
	}, &unstructured.Unstructured{}, 0, cache.Indexers{})
	if err := i.SetTransform(func(object any) (any, error) {
		if u, ok := object.(*unstructured.Unstructured); ok {
			i.prune(u)
		}
		return object, nil
	}); err != nil {
		return nil, fmt.Errorf("prepare watch of %s: %w", what, err)
	}
	if err := i.SetWatchErrorHandlerWithContext(func(_ context.Context, _ *cache.Reflector, err error) {
		i.answered(err)
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
	i.measure(i)
	return i, nil
}

// oneByOne is a resource of which a list need not be in memory before its objects are reduced.
type oneByOne interface {
	ListEach(ctx context.Context, options metav1.ListOptions, each func(*unstructured.Unstructured)) (*unstructured.UnstructuredList, error)
}

// prune removes what is not kept of an object. It may be called again with what it left.
func (i *Informer) prune(u *unstructured.Unstructured) {
	u.SetManagedFields(nil)
	i.reduce(u)
}

// RunWithContext watches until ctx ends. It can run only once.
func (i *Informer) RunWithContext(ctx context.Context) {
	i.contact.heard() // the silence starts now
	i.running.Store(true)
	defer func() {
		i.running.Store(false)
		i.ended.Store(true)
	}()
	i.SharedIndexInformer.RunWithContext(ctx)
}

// Running reports whether the Informer watches.
func (i *Informer) Running() bool { return i.running.Load() }

// Ended reports whether the Informer has watched, and does not any more.
func (i *Informer) Ended() bool { return i.ended.Load() }

// What is the name of the resource in errors and in the log.
func (i *Informer) What() string { return i.what }

// Silence is how long ago the API server last answered, or how long the Informer has been
// running if it has not answered yet. The objects in the store can be out of date by that much.
func (i *Informer) Silence() time.Duration { return i.contact.silence() }

// FailingFor is how long the watch has been failing; 0 if it works. An Informer with OnFailure does not
// know.
func (i *Informer) FailingFor() time.Duration { return i.contact.failingFor() }

// Absent reports whether the API server said that it does not serve the resource, and has not served it since: its
// CRD is not installed.
func (i *Informer) Absent() bool { return i.absent.Load() && !i.HasSynced() }

// answered takes in an error. One that is no answer of the API server, such as a broken connection, says nothing.
func (i *Informer) answered(err error) {
	if answer := apierrors.APIStatus(nil); errors.As(err, &answer) {
		i.absent.Store(apierrors.IsNotFound(err))
	}
}

func (i *Informer) heard() {
	if i.contact.heard() {
		i.log.Info("watch works again", "resource", i.what)
	}
}

func (i *Informer) logFailure(err error) {
	log := i.log.V(1)
	if i.contact.report() {
		log = i.log
	}
	if log.Enabled() {
		log.Error(err, "watch failed; retrying", "resource", i.what, "silent", i.Silence().Round(time.Second).String())
	}
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
