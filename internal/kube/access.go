package kube

import (
	"context"
	"fmt"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// May asks the API server whether the current user may do something with an object; namespace is empty for a
// cluster-scoped one. Nothing is stored.
func (c *Cluster) May(ctx context.Context, verb string, resource schema.GroupVersionResource, namespace, name string) (bool, error) {
	request := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": selfSubjectAccessReviews().GroupVersion().String(), "kind": "SelfSubjectAccessReview",
		"spec": map[string]any{"resourceAttributes": map[string]any{
			"verb": verb, "group": resource.Group, "version": resource.Version, "resource": resource.Resource, "namespace": namespace, "name": name,
		}},
	}}
	answer, err := c.Client.Resource(selfSubjectAccessReviews()).Create(ctx, request, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	var review authorizationv1.SelfSubjectAccessReview
	if err == nil {
		err = runtime.DefaultUnstructuredConverter.FromUnstructured(answer.Object, &review)
	}
	if err != nil {
		return false, fmt.Errorf("ask the API server whether the user may %s %s: %w", verb, resource.GroupResource(), err)
	}
	return review.Status.Allowed, nil
}
