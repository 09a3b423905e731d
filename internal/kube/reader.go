package kube

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"sluice/validation"
)

// Reader reads objects of a cluster.
type Reader struct{ Client dynamic.Interface }

// Network reads the Network.operator "cluster"; nil if it does not exist.
func (r Reader) Network(ctx context.Context) (*unstructured.Unstructured, error) {
	return r.one(ctx, Networks(), "", validation.ClusterName)
}

// FlowsConfig reads the ConfigMap ovs-flows-config; nil if it does not exist.
func (r Reader) FlowsConfig(ctx context.Context) (*unstructured.Unstructured, error) {
	return r.one(ctx, ConfigMaps(), validation.FlowsConfigNamespace, validation.FlowsConfigName)
}

// FlowCollector reads the FlowCollector "cluster"; nil if it does not exist, or the cluster has no
// NetObserv.
func (r Reader) FlowCollector(ctx context.Context) (*unstructured.Unstructured, error) {
	return r.one(ctx, FlowCollectors(), "", validation.ClusterName)
}

// NamespaceLabels reads the labels of a namespace.
func (r Reader) NamespaceLabels(ctx context.Context, name string) (map[string]string, error) {
	u, err := r.one(ctx, Namespaces(), "", name)
	if err != nil || u == nil {
		if err == nil {
			err = fmt.Errorf("the namespace %s does not exist", name)
		}
		return nil, err
	}
	return u.GetLabels(), nil
}

// one reads an object; nil if it does not exist.
func (r Reader) one(ctx context.Context, resource schema.GroupVersionResource, namespace, name string) (*unstructured.Unstructured, error) {
	u, err := r.Client.Resource(resource).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil //nolint:nilnil // it does not exist
	}
	if err != nil {
		return nil, fmt.Errorf("read %s %s: %w", resource.GroupResource(), name, err)
	}
	return u, nil
}

// pageSize is how many objects are read at a time.
const pageSize = 500

// List reads all objects of a resource, of one namespace or, without one, of all. An error
// for which apierrors.IsNotFound is true says that the cluster does not serve the resource.
func (r Reader) List(ctx context.Context, resource schema.GroupVersionResource, namespace string) ([]unstructured.Unstructured, error) {
	var all []unstructured.Unstructured
	options := metav1.ListOptions{Limit: pageSize}
	for {
		page, err := r.Client.Resource(resource).Namespace(namespace).List(ctx, options)
		if apierrors.IsNotFound(err) {
			return nil, fmt.Errorf("the cluster does not serve %s; install Sluice's CRDs: %w", resource.GroupResource(), err)
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", resource.GroupResource(), err)
		}
		all = append(all, page.Items...)
		if options.Continue = page.GetContinue(); options.Continue == "" {
			return all, nil
		}
	}
}
