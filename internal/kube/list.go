package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// streamed are the objects of all namespaces, until one is named. It reads lists as a stream.
type streamed struct {
	streamedIn
	all dynamic.NamespaceableResourceInterface
}

// Namespace implements dynamic.NamespaceableResourceInterface.
func (s streamed) Namespace(name string) dynamic.ResourceInterface {
	return streamedIn{s.all.Namespace(name), s.api, s.resource, name}
}

// streamedIn are the objects of a namespace.
type streamedIn struct {
	dynamic.ResourceInterface
	api       rest.Interface
	resource  schema.GroupVersionResource
	namespace string
}

// ListEach lists objects without their managed fields. Each one is passed to a function when it is read, which can
// remove parts of it, before the next one is. So the list needs the memory of one whole object, and of what is left of
// all: users decide how large their objects are, and how many they store.
func (s streamedIn) ListEach(ctx context.Context, options metav1.ListOptions, each func(*unstructured.Unstructured)) (*unstructured.UnstructuredList, error) {
	root := []string{"apis", s.resource.Group}
	if s.resource.Group == "" {
		root = []string{"api"}
	}
	body, err := s.api.Get().AbsPath(append(root, s.resource.Version)...).
		NamespaceIfScoped(s.namespace, s.namespace != metav1.NamespaceAll).Resource(s.resource.Resource).
		SpecificallyVersionedParams(&options, metav1.ParameterCodec, schema.GroupVersion{Version: "v1"}).
		SetHeader("Accept", "application/json").Stream(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	list, err := decodeList(body, each)
	if err != nil {
		return nil, fmt.Errorf("read list of %s: %w", s.resource.Resource, err)
	}
	return list, nil
}

// errNoList is the error about an answer that is no list.
var errNoList = errors.New("the answer is no list of objects in JSON")

// decodeList decodes a list in JSON, one object at a time.
func decodeList(from io.Reader, each func(*unstructured.Unstructured)) (*unstructured.UnstructuredList, error) {
	d := json.NewDecoder(from)
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.Join(errNoList, err)
	}
	list := &unstructured.UnstructuredList{Object: map[string]any{}}
	found := false
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		if name == "items" {
			found = true
			if list.Items, err = decodeItems(d, each); err != nil {
				return nil, err
			}
			continue
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, err
		}
		key, _ := name.(string) // names of fields are strings
		if list.Object[key], err = value(raw); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if !found {
		return nil, errNoList
	}
	for i := range list.Items { // the API server leaves this out of its own resources
		if u := &list.Items[i]; u.GetKind() == "" {
			u.SetKind(strings.TrimSuffix(list.GetKind(), "List"))
			u.SetAPIVersion(list.GetAPIVersion())
		}
	}
	return list, nil
}

func decodeItems(d *json.Decoder, each func(*unstructured.Unstructured)) ([]unstructured.Unstructured, error) {
	switch t, err := d.Token(); {
	case err != nil:
		return nil, err
	case t == nil:
		return nil, nil
	case t != json.Delim('['):
		return nil, errNoList
	}
	var items []unstructured.Unstructured
	for d.More() {
		object, err := decodeObject(d)
		if err != nil {
			return nil, err
		}
		u := unstructured.Unstructured{Object: object}
		each(&u)
		items = append(items, u)
	}
	_, err := d.Token()
	return items, err
}

// decodeObject decodes an object without its managed fields. Their many small maps would take ten times the memory that
// they have in JSON.
func decodeObject(d *json.Decoder) (map[string]any, error) {
	var object, metadata map[string]json.RawMessage
	if err := d.Decode(&object); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(object["metadata"], &metadata); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	delete(metadata, "managedFields")
	delete(object, "metadata")
	decoded, err := values(object)
	if err != nil {
		return nil, err
	}
	decoded["metadata"], err = values(metadata)
	return decoded, err
}

func values(fields map[string]json.RawMessage) (map[string]any, error) {
	decoded := make(map[string]any, len(fields))
	for name, raw := range fields {
		v, err := value(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		decoded[name] = v
	}
	return decoded, nil
}

// value decodes as client-go does for unstructured objects: whole numbers are int64.
func value(raw json.RawMessage) (any, error) {
	var v any
	err := utiljson.Unmarshal(raw, &v)
	return v, err
}
