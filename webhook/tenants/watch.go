package tenants

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"

	"sluice/internal/informer"
	"sluice/internal/kube"
	"sluice/validation"
)

// Watch knows the labels of all namespaces, and how many FlowExports each has.
type Watch struct {
	namespaces, exports *informer.Informer
	limit, patience     time.Duration
}

// patience is how long a review waits for a namespace that was created a moment ago. The watch
// usually needs milliseconds.
const patience = time.Second

// NewWatch prepares a watch, which Run starts. limit is how long the API server may be silent before
// what is known counts as out of date.
func NewWatch(client dynamic.Interface, limit time.Duration, log logr.Logger, options ...informer.Option) (*Watch, error) {
	w := &Watch{limit: limit, patience: patience}
	var errs [3]error
	w.namespaces, errs[0] = informer.New(client.Resource(kube.Namespaces()), "", "namespaces", log, with(options, informer.Reduce(reduceNamespace))...)
	w.exports, errs[1] = informer.New(client.Resource(kube.FlowExports()), "", "flowexports", log, with(options, informer.Reduce(reduceCounted))...)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	return w, byNamespace(w.exports)
}

func with(options []informer.Option, more ...informer.Option) []informer.Option {
	return append(slices.Clip(options), more...)
}

func byNamespace(i *informer.Informer) error {
	if err := i.AddIndexers(cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc}); err != nil {
		return fmt.Errorf("prepare watch of %s: %w", i.What(), err)
	}
	return nil
}

// reduceNamespace keeps the labels.
func reduceNamespace(u *unstructured.Unstructured) { identity(u, "labels") }

// reduceCounted keeps of a FlowExport what is needed to count it.
func reduceCounted(u *unstructured.Unstructured) { identity(u) }

// identity keeps what identifies an object, and some of its metadata.
func identity(u *unstructured.Unstructured, metadata ...string) {
	informer.KeepFields(u)
	informer.KeepMetadata(u, metadata...)
}

// Run watches until ctx ends.
func (w *Watch) Run(ctx context.Context) error {
	go w.exports.RunWithContext(ctx)
	w.namespaces.RunWithContext(ctx)
	return nil
}

// Ready says why FlowExports can't be reviewed yet; nil if they can, or if the cluster has no CRD for them.
func (w *Watch) Ready() error {
	for _, i := range []*informer.Informer{w.namespaces, w.exports} {
		if !i.HasSynced() && !i.Absent() {
			return &UnreadError{i.What()}
		}
	}
	return nil
}

// UnreadError means that a resource has not been read yet.
type UnreadError struct{ What string }

// Error implements error.
func (e *UnreadError) Error() string {
	return e.What + " have not been read from the API server yet"
}

// UnknownError means that a namespace is unknown. No FlowExport may be allowed or denied then.
type UnknownError struct{ Name, Why string }

// Error implements error.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("what policies need to know of the namespace %q is unknown: %s; try again", e.Name, e.Why)
}

// Namespace returns what policies need to know of a namespace for a FlowExport that is named except.
func (w *Watch) Namespace(ctx context.Context, name, except string) (validation.Namespace, error) {
	n := validation.Namespace{Name: name}
	for _, i := range []*informer.Informer{w.namespaces, w.exports} {
		if !i.HasSynced() {
			return n, &UnknownError{name, (&UnreadError{i.What()}).Error()}
		}
		if silence := i.Silence(); silence > w.limit {
			return n, &UnknownError{name, fmt.Sprintf("the API server has not answered the watch of %s for %s", i.What(), silence.Round(time.Second))}
		}
	}
	u, err := w.find(ctx, name)
	if err != nil {
		return n, err
	}
	n.Labels = u.GetLabels()
	others, err := w.exports.GetIndexer().ByIndex(cache.NamespaceIndex, name)
	if err != nil {
		return n, fmt.Errorf("count the FlowExports in %s: %w", name, err)
	}
	for _, item := range others {
		if o, ok := item.(*unstructured.Unstructured); ok && o.GetName() != except {
			n.Others++
		}
	}
	return n, nil
}

// look is how often to look for a namespace.
const look = 10 * time.Millisecond

// find returns a namespace, and waits a moment for a new one.
func (w *Watch) find(ctx context.Context, name string) (*unstructured.Unstructured, error) {
	ctx, cancel := context.WithTimeout(ctx, w.patience)
	defer cancel()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		item, found, err := w.namespaces.GetStore().GetByKey(name)
		if err != nil {
			return nil, fmt.Errorf("find namespace %s: %w", name, err)
		}
		if u, ok := item.(*unstructured.Unstructured); found && ok {
			return u, nil
		}
		select {
		case <-ctx.Done():
			return nil, &UnknownError{name, "this replica has not seen it"}
		case <-ticker.C:
		}
	}
}
