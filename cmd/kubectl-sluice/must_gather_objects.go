package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"sluice/cmd/internal/output"
	"sluice/cmd/kubectl-sluice/internal/gather"
	"sluice/internal/kube"
)

// mostObjects bounds the objects of one list.
const mostObjects = 10_000

// reduction makes an object smaller.
type reduction func(*unstructured.Unstructured) *unstructured.Unstructured

// named adds objects by their names in one file. That one does not exist is in the file.
func (g *gathering) named(ctx context.Context, file string, resource schema.GroupVersionResource, namespace string, names []string, reduce reduction) error {
	var list []unstructured.Unstructured
	var absent strings.Builder
	for _, name := range names {
		u, err := g.access.Client.Resource(resource).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			fmt.Fprintf(&absent, "# %s %s does not exist.\n", resource.GroupResource(), name)
		case err != nil:
			g.archive.Miss(file, fmt.Errorf("read %s %s: %w", resource.Resource, name, err))
		default:
			list = append(list, *u)
		}
	}
	if len(list) == 0 && absent.Len() == 0 {
		return nil
	}
	return g.write(file, absent.String(), list, reduce)
}

// read reads all objects, in pages. What is beyond the most objects is noted as missing.
func (g *gathering) read(ctx context.Context, file string, resource schema.GroupVersionResource, namespace string, options metav1.ListOptions) ([]unstructured.Unstructured, error) {
	client := g.access.Client.Resource(resource).Namespace(namespace)
	var all []unstructured.Unstructured
	const page = 500
	for options.Limit = page; ; {
		list, err := client.List(ctx, options)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", resource.Resource, err)
		}
		all = append(all, list.Items...)
		if options.Continue = list.GetContinue(); options.Continue == "" {
			return all, nil
		}
		if len(all) >= mostObjects {
			g.archive.Miss(file, fmt.Errorf("only the first %d %s; there are more", len(all), resource.Resource))
			return all, nil
		}
	}
}

// all adds all objects in one file. That the cluster does not serve them is in the file.
func (g *gathering) all(ctx context.Context, file string, resource schema.GroupVersionResource, namespace string, options metav1.ListOptions, reduce reduction) ([]unstructured.Unstructured, error) {
	list, err := g.read(ctx, file, resource, namespace, options)
	switch {
	case apierrors.IsNotFound(err):
		return nil, g.write(file, fmt.Sprintf("# The cluster does not serve %s.\n", resource.GroupResource()), nil, reduce)
	case err != nil:
		g.archive.Miss(file, err)
		return nil, nil
	}
	return list, g.write(file, "", list, reduce)
}

// write adds objects in one file, after comments.
func (g *gathering) write(file, comments string, list []unstructured.Unstructured, reduce reduction) error {
	text := bytes.NewBufferString(comments)
	for i := range list {
		u := &list[i]
		if reduce != nil {
			u = reduce(u)
		}
		text.WriteString("---\n")
		if err := output.YAML(text, gather.Object(u).Object); err != nil {
			g.archive.Miss(file, err)
			return nil
		}
	}
	return g.archive.Add(file, text.Bytes())
}

// definitions is the resource of CustomResourceDefinition.
func definitions() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
}

// definitionNames are the names of Sluice's CRDs.
func definitionNames() []string {
	var names []string
	for _, resource := range []schema.GroupVersionResource{kube.Policies(), kube.Profiles(), kube.FlowExports(), kube.NodeFlowExports()} {
		names = append(names, resource.GroupResource().String())
	}
	return names
}
