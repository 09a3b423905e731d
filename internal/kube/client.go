package kube

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// NewClient returns a client for unstructured objects. It reads ConfigMaps in protobuf: their
// data can have almost 1 MiB, of which JSON writes each "<" as six bytes, and decoding a watch event takes about
// ten times its size. A user who may edit one ConfigMap must not decide how much memory each reader needs.
// Custom resources are stored as JSON, so that etcd's limit of 1.5 MiB bounds what they take in an event. Lists of all
// others can be read one object at a time; see ListEach.
func NewClient(config *rest.Config) (dynamic.Interface, error) {
	core, err := coreClient(config)
	if err != nil {
		return nil, err
	}
	config = dynamic.ConfigFor(config)
	config.GroupVersion, config.APIPath = nil, ""
	api, err := rest.UnversionedRESTClientFor(config)
	if err != nil {
		return nil, err
	}
	return compactClient{dynamic.New(api), api, core}, nil
}

// coreClient reads ConfigMaps in protobuf.
func coreClient(config *rest.Config) (*rest.RESTClient, error) {
	scheme := runtime.NewScheme()
	scheme.AddKnownTypes(corev1.SchemeGroupVersion, &corev1.ConfigMap{}, &corev1.ConfigMapList{})
	metav1.AddToGroupVersion(scheme, corev1.SchemeGroupVersion)
	config = rest.CopyConfig(config)
	config.APIPath, config.GroupVersion = "/api", &corev1.SchemeGroupVersion
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	config.ContentType = runtime.ContentTypeProtobuf
	config.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	return rest.RESTClientFor(config)
}

type compactClient struct {
	dynamic.Interface
	api  rest.Interface
	core *rest.RESTClient
}

// Resource implements dynamic.Interface.
func (c compactClient) Resource(resource schema.GroupVersionResource) dynamic.NamespaceableResourceInterface {
	all := c.Interface.Resource(resource)
	if resource != ConfigMaps() {
		return streamed{streamedIn{all, c.api, resource, metav1.NamespaceAll}, all}
	}
	return configMaps{configMapsIn{all, c.core, metav1.NamespaceAll}, all}
}

// configMaps are those of all namespaces, until one is named.
type configMaps struct {
	configMapsIn
	all dynamic.NamespaceableResourceInterface
}

// Namespace implements dynamic.NamespaceableResourceInterface.
func (c configMaps) Namespace(name string) dynamic.ResourceInterface {
	return configMapsIn{c.all.Namespace(name), c.core, name}
}

// configMapsIn are the ConfigMaps of a namespace.
type configMapsIn struct {
	dynamic.ResourceInterface
	core      *rest.RESTClient
	namespace string
}

// Get implements dynamic.ResourceInterface.
func (c configMapsIn) Get(ctx context.Context, name string, options metav1.GetOptions, subresources ...string) (*unstructured.Unstructured, error) {
	var object corev1.ConfigMap
	request := c.request().Name(name).SubResource(subresources...).VersionedParams(&options, metav1.ParameterCodec)
	if err := request.Do(ctx).Into(&object); err != nil {
		return nil, err
	}
	return unstructuredConfigMap(&object)
}

// List implements dynamic.ResourceInterface.
func (c configMapsIn) List(ctx context.Context, options metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	var list corev1.ConfigMapList
	if err := c.request().VersionedParams(&options, metav1.ParameterCodec).Do(ctx).Into(&list); err != nil {
		return nil, err
	}
	result := &unstructured.UnstructuredList{Items: make([]unstructured.Unstructured, 0, len(list.Items))}
	result.SetAPIVersion("v1")
	result.SetKind("ConfigMapList")
	result.SetResourceVersion(list.ResourceVersion)
	result.SetContinue(list.Continue)
	result.SetRemainingItemCount(list.RemainingItemCount)
	for i := range list.Items {
		item, err := unstructuredConfigMap(&list.Items[i])
		if err != nil {
			return nil, err
		}
		result.Items = append(result.Items, *item)
	}
	return result, nil
}

// Watch implements dynamic.ResourceInterface.
func (c configMapsIn) Watch(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
	options.Watch = true
	source, err := c.request().VersionedParams(&options, metav1.ParameterCodec).Watch(ctx)
	if err != nil {
		return nil, err
	}
	return watch.Filter(source, func(event watch.Event) (watch.Event, bool) {
		if object, ok := event.Object.(*corev1.ConfigMap); ok {
			item, err := unstructuredConfigMap(object)
			if err != nil {
				status := metav1.Status{Status: metav1.StatusFailure, Reason: metav1.StatusReasonInternalError, Message: err.Error()}
				return watch.Event{Type: watch.Error, Object: &status}, true
			}
			event.Object = item
		}
		return event, true
	}), nil
}

func (c configMapsIn) request() *rest.Request {
	return c.core.Get().NamespaceIfScoped(c.namespace, c.namespace != metav1.NamespaceAll).Resource(ConfigMaps().Resource)
}

func unstructuredConfigMap(object *corev1.ConfigMap) (*unstructured.Unstructured, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return nil, fmt.Errorf("convert ConfigMap %s/%s: %w", object.Namespace, object.Name, err)
	}
	u := &unstructured.Unstructured{Object: content}
	u.SetAPIVersion("v1")
	u.SetKind("ConfigMap")
	return u, nil
}
