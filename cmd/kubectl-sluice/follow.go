package main

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"

	"github.com/sluice-project/sluice/status"
	"github.com/sluice-project/sluice/validation"
)

// settle is how long to gather changes before they are shown.
const settle = 100 * time.Millisecond

// follow calls show with the cluster as it is, and again whenever it changed, until show
// says that it is done or ctx ends.
func (a *access) follow(ctx context.Context, show func(status.Cluster) (done bool, err error)) error {
	c, err := a.cluster(ctx) // shows early, and whether all can be read at all
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	changed := make(chan struct{}, 1)
	exports := a.informer(ctx, "nodeflowexports", changed)
	network := dynamicinformer.NewFilteredDynamicInformer(a.client, networks(), "", 0, nil, func(o *metav1.ListOptions) {
		o.FieldSelector = fields.OneTermEqualSelector("metadata.name", validation.ClusterName).String()
	}).Informer()
	if err := start(ctx, network, changed); err != nil {
		return err
	}
	if exports == nil || !cache.WaitForCacheSync(ctx.Done(), exports.HasSynced, network.HasSynced) {
		return nil // ctx ended
	}
	for {
		if done, err := show(c); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
		timer := time.NewTimer(settle)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		if err := refresh(&c, exports, network); err != nil {
			return err
		}
	}
}

func (a *access) informer(ctx context.Context, resource string, changed chan struct{}) cache.SharedIndexInformer {
	informer := dynamicinformer.NewFilteredDynamicInformer(a.client, sluice(resource), "", 0, nil, nil).Informer()
	if err := start(ctx, informer, changed); err != nil {
		return nil
	}
	return informer
}

// start runs an informer that tells of changes.
func start(ctx context.Context, informer cache.SharedIndexInformer, changed chan struct{}) error {
	tell := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(any) { tell() }, UpdateFunc: func(any, any) { tell() }, DeleteFunc: func(any) { tell() },
	})
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	go informer.RunWithContext(ctx)
	return nil
}

// refresh takes in what the informers saw.
func refresh(c *status.Cluster, exports, network cache.SharedIndexInformer) error {
	c.Exports = nil
	for _, item := range exports.GetStore().List() {
		n, err := readExport(item.(*unstructured.Unstructured)) //nolint:forcetypeassert // the informer's type
		if err != nil {
			return err
		}
		c.Exports = append(c.Exports, n)
	}
	var u *unstructured.Unstructured
	for _, item := range network.GetStore().List() {
		u = item.(*unstructured.Unstructured) //nolint:forcetypeassert // the informer's type
	}
	return setNetwork(c, u)
}
