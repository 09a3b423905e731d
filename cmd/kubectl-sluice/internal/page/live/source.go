package live

import (
	"context"
	"sync"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"sluice/cmd/kubectl-sluice/internal/page/board"
	"sluice/internal/informer"
)

// watched is one resource that is watched.
type watched struct {
	name, what string
	informer   *informer.Informer

	mu       sync.Mutex
	failure  error
	failedAt time.Time
}

// request says what to watch.
type request struct {
	name, what        string
	resource          schema.GroupVersionResource
	namespace, object string
	fields            string
	// quiet resources change all the time; a change of theirs alone makes no new board.
	quiet bool
	// reduce removes what is not used.
	reduce func(*unstructured.Unstructured)
}

// refresh is how long a watch lasts at most, so that one that is cut without a word is noticed.
const refresh = 2 * time.Minute

// longestGap is how long no watch may be open before the objects count as old.
const longestGap = 3 * time.Second

func newWatched(client dynamic.Interface, r request, changes chan struct{}, now func() time.Time) (*watched, error) {
	w := &watched{name: r.name, what: r.what}
	options := []informer.Option{informer.OnFailure(func(err error) { w.failed(err, now()) }), informer.Refresh(refresh), informer.Clock(now)}
	if r.fields != "" {
		options = append(options, informer.Fields(r.fields))
	}
	if r.reduce != nil {
		options = append(options, informer.Reduce(r.reduce))
	}
	if !r.quiet {
		options = append(options, informer.Notify(changes))
	}
	var api dynamic.ResourceInterface = client.Resource(r.resource)
	if r.namespace != "" {
		api = client.Resource(r.resource).Namespace(r.namespace)
	}
	var err error
	w.informer, err = informer.New(api, r.object, r.resource.GroupResource().String(), logr.Discard(), options...)
	return w, err
}

// run watches until ctx ends.
func (w *watched) run(ctx context.Context) { w.informer.RunWithContext(ctx) }

// failed keeps an error. A watch that starts again because its events are too old is none.
func (w *watched) failed(err error, at time.Time) {
	if apierrors.IsResourceExpired(err) || apierrors.IsGone(err) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failure, w.failedAt = err, at
}

// state says how far the objects are known. A failure counts until the API server answers again.
func (w *watched) state(now time.Time) board.Source {
	s := board.Source{Name: w.name, What: w.what, State: board.Current}
	w.mu.Lock()
	failure, failedAt := w.failure, w.failedAt
	w.mu.Unlock()
	heard := now.Add(-w.informer.Silence())
	synced := w.informer.HasSynced()
	failing := failure != nil && (!synced || !heard.After(failedAt))
	cut := w.informer.Cut()
	if synced && !failing && cut != nil && now.Sub(*cut) > longestGap {
		since := cut.UTC().Truncate(time.Second)
		s.State, s.Since = board.Old, &since
		return s
	}
	switch {
	case !failing && synced:
		return s
	case !failing:
		s.State = board.Loading
		return s
	case apierrors.IsForbidden(failure), apierrors.IsUnauthorized(failure):
		s.State = board.Forbidden
	case apierrors.IsNotFound(failure):
		s.State = board.Missing
	case synced:
		s.State = board.Old
		since := failedAt.UTC().Truncate(time.Second)
		if cut != nil {
			since = cut.UTC().Truncate(time.Second)
		}
		s.Since = &since
	default:
		s.State = board.Failed
	}
	s.Why = failure.Error()
	return s
}

// ReduceNode keeps of a Node what says whether an agent is to run there, and whether it is ready. The
// rest is large, and changes all the time.
func ReduceNode(u *unstructured.Unstructured) {
	conditions, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	kept := []any{}
	for _, c := range conditions {
		if one, ok := c.(map[string]any); ok && one["type"] == string(corev1.NodeReady) {
			kept = append(kept, map[string]any{"type": one["type"], "status": one["status"]})
		}
	}
	metadata := map[string]any{"name": u.GetName(), "uid": string(u.GetUID()), "resourceVersion": u.GetResourceVersion()}
	labels := map[string]any{}
	for key, value := range u.GetLabels() {
		labels[key] = value
	}
	metadata["labels"] = labels
	u.Object = map[string]any{"apiVersion": "v1", "kind": "Node", "metadata": metadata, "status": map[string]any{"conditions": kept}}
}
