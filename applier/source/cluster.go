package source

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"

	"sluice/api/v1alpha1"
	"sluice/validation"
)

// Cluster is an agent.Source that watches the API server: one object of each kind, and all
// profiles.
type Cluster struct {
	client  dynamic.Interface
	node    string
	log     logr.Logger
	changes chan struct{}
	// The informers, by what they watch.
	network, flowsConfig, profiles, nodes, exports cache.SharedIndexInformer

	publishing publishing
}

// The resources that are watched.
func networks() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "operator.openshift.io", Version: "v1", Resource: "networks"}
}

func configMaps() schema.GroupVersionResource {
	return schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
}

func nodes() schema.GroupVersionResource {
	return schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
}

func profiles() schema.GroupVersionResource {
	return v1alpha1.GroupVersion.WithResource("flowexportprofiles")
}

func nodeFlowExports() schema.GroupVersionResource {
	return v1alpha1.GroupVersion.WithResource("nodeflowexports")
}

// New prepares a Source for a node.
func New(client dynamic.Interface, node string, log logr.Logger) (*Cluster, error) {
	c := &Cluster{client: client, node: node, log: log, changes: make(chan struct{}, 1)}
	c.publishing.wake = make(chan struct{}, 1)
	for _, w := range []struct {
		informer *cache.SharedIndexInformer
		what     string
		resource dynamic.ResourceInterface
		name     string
	}{
		{&c.network, "networks", client.Resource(networks()), validation.ClusterName},
		{&c.flowsConfig, "configmaps", client.Resource(configMaps()).Namespace(validation.FlowsConfigNamespace), validation.FlowsConfigName},
		{&c.profiles, "flowexportprofiles", client.Resource(profiles()), ""},
		{&c.nodes, "nodes", client.Resource(nodes()), node},
		{&c.exports, "nodeflowexports", client.Resource(nodeFlowExports()), node},
	} {
		informer, err := c.watch(w.what, w.resource, w.name)
		if err != nil {
			return nil, err
		}
		*w.informer = informer
	}
	return c, nil
}

// watch makes an informer of one object by name, or of all if the name is empty.
func (c *Cluster) watch(what string, resource dynamic.ResourceInterface, name string) (cache.SharedIndexInformer, error) {
	narrow := func(o metav1.ListOptions) metav1.ListOptions {
		if name != "" {
			o.FieldSelector = fields.OneTermEqualSelector("metadata.name", name).String()
		}
		return o
	}
	informer := cache.NewSharedIndexInformer(&cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			return resource.List(ctx, narrow(o))
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			return resource.Watch(ctx, narrow(o))
		},
	}, &unstructured.Unstructured{}, 0, nil)
	// Managed fields and a node's images are most of what is sent, and are not used.
	if err := informer.SetTransform(slim); err != nil {
		return nil, fmt.Errorf("prepare watch: %w", err)
	}
	if err := informer.SetWatchErrorHandlerWithContext(func(_ context.Context, _ *cache.Reflector, err error) {
		c.log.Error(err, "the API server is not watched; it is tried again", "resource", what)
	}); err != nil {
		return nil, fmt.Errorf("prepare watch: %w", err)
	}
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { c.changed() },
		UpdateFunc: func(old, object any) { c.updated(old, object) },
		DeleteFunc: func(any) { c.changed() },
	})
	if err != nil {
		return nil, fmt.Errorf("prepare watch: %w", err)
	}
	return informer, nil
}

// slim keeps what an agent uses of an object.
func slim(object any) (any, error) {
	u, ok := object.(*unstructured.Unstructured)
	if !ok {
		return object, nil
	}
	u.SetManagedFields(nil)
	if u.GetKind() == "Node" {
		addresses, _, _ := unstructured.NestedSlice(u.Object, "status", "addresses") // a Node has no other types
		u.Object["status"] = map[string]any{"addresses": addresses}
		u.SetAnnotations(nil)
		delete(u.Object, "spec")
	}
	return u, nil
}

// updated wakes the agent if something changed that it uses; not for each heartbeat of a
// node.
func (c *Cluster) updated(old, object any) {
	before, ok1 := old.(*unstructured.Unstructured)
	after, ok2 := object.(*unstructured.Unstructured)
	if ok1 && ok2 && before.GetUID() == after.GetUID() && sameButVersion(before, after) {
		return
	}
	c.changed()
}

func (c *Cluster) changed() {
	select {
	case c.changes <- struct{}{}:
	default: // it will look anyway
	}
}

// Changes gets a value when something changed.
func (c *Cluster) Changes() <-chan struct{} { return c.changes }

// syncCheck is how often to look whether the watches have begun.
const syncCheck = 50 * time.Millisecond

// Run watches and publishes until ctx ends.
func (c *Cluster) Run(ctx context.Context) error {
	var group sync.WaitGroup
	for _, informer := range c.informers() {
		group.Go(func() { informer.RunWithContext(ctx) })
	}
	group.Go(func() {
		ticker := time.NewTicker(syncCheck)
		defer ticker.Stop()
		for !c.synced() {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
		c.changed()
	})
	group.Go(func() { c.publish(ctx) })
	group.Wait()
	return nil
}

func (c *Cluster) informers() []cache.SharedIndexInformer {
	return []cache.SharedIndexInformer{c.network, c.flowsConfig, c.profiles, c.nodes, c.exports}
}

func (c *Cluster) synced() bool {
	for _, informer := range c.informers() {
		if !informer.HasSynced() {
			return false
		}
	}
	return true
}
