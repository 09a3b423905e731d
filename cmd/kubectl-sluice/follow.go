package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"

	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/validation"
)

// settle is how long to gather changes before they are shown.
const settle = 100 * time.Millisecond

// heartbeatCheck is how often to read the agents' signs of life.
const heartbeatCheck = 20 * time.Second

// follow calls show with the cluster as it is, and again whenever it changed, until show
// says that it is done or ctx ends. It is an error if the cluster can't be watched. Without
// lists, changes of the Network are not seen.
func (a *access) follow(ctx context.Context, lists bool, show func(status.Cluster) (done bool, err error)) error {
	c, err := a.cluster(ctx) // shows early, and whether all can be read at all
	if err != nil {
		return err
	}
	if done, err := show(c); done || err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	w := watches{changed: make(chan struct{}, 1), failed: make(chan error, 1)}
	exports := dynamicinformer.NewFilteredDynamicInformer(a.client, sluice("nodeflowexports"), "", 0, nil, nil).Informer()
	informers := []cache.SharedIndexInformer{exports}
	problems := []error{w.start(ctx, exports, sluice("nodeflowexports"))}
	if lists {
		network := dynamicinformer.NewFilteredDynamicInformer(a.client, networks(), "", 0, nil, func(o *metav1.ListOptions) {
			o.FieldSelector = fields.OneTermEqualSelector("metadata.name", validation.ClusterName).String()
		}).Informer()
		informers = append(informers, network)
		problems = append(problems, w.start(ctx, network, networks()))
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	if err := w.synced(ctx, informers...); err != nil {
		return err
	}
	// No event tells that an agent is silent.
	signs := time.NewTicker(heartbeatCheck)
	defer signs.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-signs.C:
			a.hear(ctx, &c)
		case <-w.changed:
		}
		timer := time.NewTimer(settle)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		if err := refresh(&c, informers); err != nil {
			return err
		}
		if c.Unheard() {
			a.hear(ctx, &c) // an agent that has just started
		}
		if done, err := show(c); done || err != nil {
			return err
		}
	}
}

// hear reads the agents' signs of life. A failure does not end a watch; nothing is known of
// the agents then.
func (a *access) hear(ctx context.Context, c *status.Cluster) {
	if err := a.heartbeats(ctx, c); err != nil {
		c.LivenessUnknown = err.Error()
	}
}

// watches are what the informers tell.
type watches struct {
	changed chan struct{}
	// failed gets the last reason why something can't be watched.
	failed chan error
}

// start runs an informer.
func (w *watches) start(ctx context.Context, informer cache.SharedIndexInformer, resource schema.GroupVersionResource) error {
	tell := func() {
		select {
		case w.changed <- struct{}{}:
		default:
		}
	}
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(any) { tell() }, UpdateFunc: func(any, any) { tell() }, DeleteFunc: func(any) { tell() },
	})
	if err != nil {
		return fmt.Errorf("watch %s: %w", resource.GroupResource(), err)
	}
	err = informer.SetWatchErrorHandlerWithContext(func(_ context.Context, _ *cache.Reflector, err error) {
		select {
		case <-w.failed:
		default:
		}
		select {
		case w.failed <- fmt.Errorf("watch %s: %w", resource.GroupResource(), err):
		default: // another watch was faster
		}
	})
	if err != nil {
		return fmt.Errorf("watch %s: %w", resource.GroupResource(), err)
	}
	go informer.RunWithContext(ctx)
	return nil
}

// syncCheck is how often to look whether everything was read.
const syncCheck = 50 * time.Millisecond

// synced waits until everything was read once. What is forbidden stays so.
func (w *watches) synced(ctx context.Context, informers ...cache.SharedIndexInformer) error {
	ticker := time.NewTicker(syncCheck)
	defer ticker.Stop()
	var last error
	for {
		if !slices.ContainsFunc(informers, func(i cache.SharedIndexInformer) bool { return !i.HasSynced() }) {
			return nil
		}
		select {
		case <-ctx.Done():
			if last == nil {
				last = errors.New("the API server did not answer in time")
			}
			return fmt.Errorf("the cluster can't be watched: %w", last)
		case last = <-w.failed:
			if apierrors.IsForbidden(last) || apierrors.IsUnauthorized(last) {
				return last
			}
		case <-ticker.C:
		}
	}
}

// refresh takes in what the informers saw: the reports, and the Network if it is watched.
func refresh(c *status.Cluster, informers []cache.SharedIndexInformer) error {
	c.Exports = nil
	for _, item := range informers[0].GetStore().List() {
		n, err := readExport(item.(*unstructured.Unstructured)) //nolint:forcetypeassert // the informer's type
		if err != nil {
			return err
		}
		c.Exports = append(c.Exports, n)
	}
	if len(informers) == 1 {
		return nil
	}
	var u *unstructured.Unstructured
	for _, item := range informers[1].GetStore().List() {
		u = item.(*unstructured.Unstructured) //nolint:forcetypeassert // the informer's type
	}
	return setNetwork(c, u)
}
