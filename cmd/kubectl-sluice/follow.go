package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"sluice/cmd/kubectl-sluice/internal/page/live"
	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/internal/informer"
	"sluice/internal/kube"
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
	w, err := a.watch(ctx, lists, c.NodesUnknown == "")
	if err != nil {
		return err
	}
	if err := w.synced(ctx); err != nil {
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
		if err := w.refresh(&c); err != nil {
			return err
		}
		if lists {
			if err := a.objects(ctx, &c); err != nil {
				c.InputsUnknown = err.Error()
			}
			if err := w.place(ctx, &c); err != nil {
				return err
			}
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

// watches are the informers that a cluster is followed with.
type watches struct {
	// network is nil if changes of the Network are not followed, and nodes if those of the Nodes are not.
	exports, network, nodes *informer.Informer
	// sort sorts Nodes into those on which an agent is to run, and all others.
	sort    func(context.Context, *status.Cluster, []unstructured.Unstructured) error
	changed chan struct{}
	// failed gets the last reason why something can't be watched.
	failed chan error
}

func newWatches() *watches {
	return &watches{changed: make(chan struct{}, 1), failed: make(chan error, 1)}
}

// watch starts the informers.
func (a *access) watch(ctx context.Context, lists, nodes bool) (*watches, error) {
	w := newWatches()
	w.sort = a.placer()
	var err error
	if w.exports, err = w.start(ctx, a.Client, kube.NodeFlowExports(), ""); err != nil || !lists {
		return w, err
	}
	if w.network, err = w.start(ctx, a.Client, kube.Networks(), validation.ClusterName); err != nil || !nodes {
		return w, err
	}
	// Nodes change all the time, so their changes are shown with the next one of something else, or with the next
	// signs of life.
	w.nodes, err = informer.New(a.Client.Resource(kube.Nodes()), "", kube.Nodes().GroupResource().String(), logr.Discard(), informer.Reduce(live.ReduceNode))
	if err == nil {
		go w.nodes.RunWithContext(ctx)
	}
	return w, err
}

// place takes in the Nodes, as soon as they are watched. Without the right to watch them, those that were read at first
// stay.
func (w *watches) place(ctx context.Context, c *status.Cluster) error {
	if w.nodes == nil || !w.nodes.HasSynced() {
		return nil
	}
	var nodes []unstructured.Unstructured
	for _, u := range w.nodes.Objects() {
		nodes = append(nodes, *u)
	}
	slices.SortFunc(nodes, func(a, b unstructured.Unstructured) int { return cmp.Compare(a.GetName(), b.GetName()) })
	c.Nodes, c.OutOfScope, c.NotReady = nil, nil, nil
	return w.sort(ctx, c, nodes)
}

// start runs an informer of an object by name, or of all.
func (w *watches) start(ctx context.Context, client dynamic.Interface, resource schema.GroupVersionResource, name string) (*informer.Informer, error) {
	return w.run(ctx, client.Resource(resource), name, resource.GroupResource().String())
}

func (w *watches) run(ctx context.Context, api dynamic.ResourceInterface, name, what string, options ...informer.Option) (*informer.Informer, error) {
	options = append([]informer.Option{informer.Notify(w.changed), informer.OnFailure(w.fail)}, options...)
	i, err := informer.New(api, name, what, logr.Discard(), options...)
	if err != nil {
		return nil, err
	}
	go i.RunWithContext(ctx)
	return i, nil
}

// fail keeps an error as the last one.
func (w *watches) fail(err error) {
	select {
	case <-w.failed:
	default:
	}
	select {
	case w.failed <- err:
	default: // another watch was faster
	}
}

// syncCheck is how often to look whether everything was read.
const syncCheck = 50 * time.Millisecond

// synced waits until everything was read once. What is forbidden stays so.
func (w *watches) synced(ctx context.Context) error {
	return w.wait(ctx, func() bool { return w.exports.HasSynced() && (w.network == nil || w.network.HasSynced()) })
}

// wait waits until what is watched was read. What is forbidden stays so.
func (w *watches) wait(ctx context.Context, read func() bool) error {
	ticker := time.NewTicker(syncCheck)
	defer ticker.Stop()
	var last error
	for {
		if read() {
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
func (w *watches) refresh(c *status.Cluster) error {
	c.Exports = nil
	for _, u := range w.exports.Objects() {
		n, err := readExport(u)
		if err != nil {
			return err
		}
		c.Exports = append(c.Exports, n)
	}
	if w.network == nil {
		return nil
	}
	return setNetwork(c, w.network.Object())
}
