package profiles

import (
	"context"
	"fmt"
	"maps"
	"unique"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/pager"

	"sluice/internal/kube"
)

// Nodes watches the labels of all Nodes. It keeps nothing else of them: in a cluster with thousands
// of nodes, whole Nodes would need more memory than the rest of the controller.
type Nodes struct {
	informer cache.SharedIndexInformer
	changes  chan struct{}
}

// listPage is how many Nodes are read at a time.
const listPage = 500

// NewNodes prepares a watch, which Run starts. failed receives the errors of the watch.
func NewNodes(client metadata.Interface, failed func(error)) (*Nodes, error) {
	n := &Nodes{changes: make(chan struct{}, 1)}
	nodes := client.Resource(kube.Nodes())
	n.informer = cache.NewSharedIndexInformer(&cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			p := pager.New(func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
				page, err := nodes.List(ctx, o)
				if err != nil {
					return nil, err
				}
				for i := range page.Items {
					reduce(&page.Items[i])
				}
				return page, nil
			})
			p.PageSize = listPage
			o.ResourceVersion = "" // API servers return all pages at once from their cache
			list, _, err := p.List(ctx, o)
			return list, err
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			return nodes.Watch(ctx, o)
		},
	}, &metav1.PartialObjectMetadata{}, 0, nil)
	err := n.informer.SetTransform(func(object any) (any, error) {
		if m, ok := object.(*metav1.PartialObjectMetadata); ok {
			reduce(m)
		}
		return object, nil
	})
	if err != nil {
		return nil, fmt.Errorf("prepare watch of nodes: %w", err)
	}
	err = n.informer.SetWatchErrorHandlerWithContext(func(_ context.Context, _ *cache.Reflector, err error) { failed(err) })
	if err != nil {
		return nil, fmt.Errorf("prepare watch of nodes: %w", err)
	}
	_, err = n.informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { n.notify() },
		UpdateFunc: n.updated,
		DeleteFunc: func(any) { n.notify() },
	})
	if err != nil {
		return nil, fmt.Errorf("prepare watch of nodes: %w", err)
	}
	return n, nil
}

// reduce keeps the name, the version and the labels. Most labels are the same on many nodes, so they
// share their memory.
func reduce(m *metav1.PartialObjectMetadata) {
	labels := make(map[string]string, len(m.Labels))
	for key, value := range m.Labels {
		labels[unique.Make(key).Value()] = unique.Make(value).Value()
	}
	m.ObjectMeta = metav1.ObjectMeta{Name: m.Name, UID: m.UID, ResourceVersion: m.ResourceVersion, Labels: labels}
}

// updated notifies of a change of the labels.
func (n *Nodes) updated(old, object any) {
	before, ok1 := old.(*metav1.PartialObjectMetadata)
	after, ok2 := object.(*metav1.PartialObjectMetadata)
	if ok1 && ok2 && maps.Equal(before.Labels, after.Labels) {
		return
	}
	n.notify()
}

func (n *Nodes) notify() {
	select {
	case n.changes <- struct{}{}:
	default: // a value is waiting already
	}
}

// Run watches until ctx ends.
func (n *Nodes) Run(ctx context.Context) { n.informer.RunWithContext(ctx) }

// labels are those of all Nodes.
func (n *Nodes) labels() []map[string]string {
	items := n.informer.GetStore().List()
	list := make([]map[string]string, 0, len(items))
	for _, item := range items {
		if m, ok := item.(*metav1.PartialObjectMetadata); ok {
			list = append(list, m.Labels)
		}
	}
	return list
}
