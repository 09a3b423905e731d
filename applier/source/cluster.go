package source

import (
	"context"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"sluice/api/v1alpha1"
	"sluice/internal/informer"
	"sluice/internal/kube"
	"sluice/validation"
)

// Cluster is an agent.Source that watches the API server: one object of each kind, and all
// profiles.
type Cluster struct {
	client  dynamic.Interface
	node    string
	log     logr.Logger
	changes chan struct{}
	// reports gets a value when the agent's own report changes.
	reports chan struct{}
	// The informers, by what they watch.
	network, flowsConfig, profiles, nodes, exports *informer.Informer
	// tenants are the FlowExports. What the cluster itself exports does not wait for them.
	tenants *informer.Informer

	// retained are the profiles that count.
	retained retained

	// Grace is how long a watch may fail before Failing names it.
	Grace time.Duration

	outageMu sync.Mutex
	outage   outage

	publishing publishing
}

// defaultGrace is longer than client-go waits between two attempts.
const defaultGrace = time.Minute

// New prepares a Source for a node. The options are those of all watches.
func New(client dynamic.Interface, node string, log logr.Logger, options ...informer.Option) (*Cluster, error) {
	c := &Cluster{Grace: defaultGrace, client: client, node: node, log: log, changes: make(chan struct{}, 1), reports: make(chan struct{}, 1)}
	c.publishing.wake = make(chan struct{}, 1)
	c.retained.ask, c.retained.back = make(chan struct{}, 1), make(chan struct{}, 1)
	for _, w := range []struct {
		informer **informer.Informer
		resource dynamic.ResourceInterface
		what     string
		name     string
		reduce   func(*unstructured.Unstructured)
		notify   chan struct{}
	}{
		{&c.network, client.Resource(kube.Networks()), "networks", validation.ClusterName, all, c.changes},
		{&c.flowsConfig, client.Resource(kube.ConfigMaps()).Namespace(validation.FlowsConfigNamespace), "configmaps", validation.FlowsConfigName, all, c.changes},
		{&c.profiles, client.Resource(kube.Profiles()), "flowexportprofiles", "", withoutStatus, c.changes},
		{&c.nodes, client.Resource(kube.Nodes()), "nodes", node, addressesOnly, c.changes},
		{&c.tenants, client.Resource(kube.FlowExports()), "flowexports", "", acceptedOnly, c.changes},
		{&c.exports, client.Resource(kube.NodeFlowExports()), "nodeflowexports", node, all, c.reports},
	} {
		i, err := informer.New(w.resource, w.name, w.what, log, append([]informer.Option{informer.Notify(w.notify), informer.Reduce(w.reduce)}, options...)...)
		if err != nil {
			return nil, err
		}
		*w.informer = i
	}
	return c, nil
}

// all keeps an object as it is.
func all(*unstructured.Unstructured) {}

// withoutStatus leaves out the status of a profile, which counts nodes: it must not wake the agent.
func withoutStatus(profile *unstructured.Unstructured) { delete(profile.Object, "status") }

// acceptedOnly keeps the spec and the condition that an agent uses of a FlowExport's status. The others change with
// each roll-up of reports. Labels and other metadata are the tenant's: they must not take memory, nor wake the agent.
func acceptedOnly(export *unstructured.Unstructured) {
	conditions, _, _ := unstructured.NestedSlice(export.Object, "status", "conditions") // the CRD has no other types
	kept := []any{}
	for _, c := range conditions {
		if condition, ok := c.(map[string]any); ok && condition["type"] == v1alpha1.ConditionAccepted {
			kept = append(kept, condition)
		}
	}
	informer.KeepFields(export, "spec")
	informer.KeepMetadata(export)
	export.Object["status"] = map[string]any{"conditions": kept}
}

// addressesOnly keeps what an agent uses of a Node. The images are most of what is sent, and
// the heartbeats would wake the agent.
func addressesOnly(node *unstructured.Unstructured) {
	addresses, _, _ := unstructured.NestedSlice(node.Object, "status", "addresses") // a Node has no other types
	node.Object["status"] = map[string]any{"addresses": addresses}
	node.SetAnnotations(nil)
	delete(node.Object, "spec")
}

// Changes gets a value when something changed.
func (c *Cluster) Changes() <-chan struct{} { return c.changes }

// Run watches and publishes until ctx ends.
func (c *Cluster) Run(ctx context.Context) error {
	var group sync.WaitGroup
	for _, i := range c.watched() {
		group.Go(func() { i.RunWithContext(ctx) })
	}
	group.Go(func() {
		for _, i := range c.informers() {
			if !i.Wait(ctx) {
				return
			}
		}
		select {
		case c.changes <- struct{}{}:
		default: // the agent has a reason to look already
		}
	})
	group.Go(func() { c.publish(ctx) })
	group.Go(func() { c.follow(ctx) })
	group.Go(func() { c.look(ctx) })
	group.Wait()
	return nil
}

// watched are all informers.
func (c *Cluster) watched() []*informer.Informer { return append(c.informers(), c.tenants) }

// informers are those without which nothing is known.
func (c *Cluster) informers() []*informer.Informer {
	return []*informer.Informer{c.network, c.flowsConfig, c.profiles, c.nodes, c.exports}
}

func (c *Cluster) synced() bool {
	for _, i := range c.informers() {
		if !i.HasSynced() {
			return false
		}
	}
	return true
}
