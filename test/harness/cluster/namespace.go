package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
)

// RemoveNamespace deletes a namespace like the namespace controller, which does not run here: it
// deletes the objects inside, and then removes the finalizer.
func (c *ControlPlane) RemoveNamespace(ctx context.Context, name string) error {
	clients, err := kubernetes.NewForConfig(c.Config)
	if err != nil {
		return fmt.Errorf("remove the namespace %s: %w", name, err)
	}
	err = clients.CoreV1().Namespaces().Delete(ctx, name, metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove the namespace %s: %w", name, err)
	}
	if err := c.empty(ctx, clients, name); err != nil {
		return fmt.Errorf("empty the namespace %s: %w", name, err)
	}
	ns, err := clients.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("read the namespace %s: %w", name, err)
	}
	ns.Spec.Finalizers = slices.DeleteFunc(ns.Spec.Finalizers, func(f corev1.FinalizerName) bool { return f == corev1.FinalizerKubernetes })
	if _, err := clients.CoreV1().Namespaces().Finalize(ctx, ns, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("let the namespace %s go: %w", name, err)
	}
	return nil
}

// empty deletes all objects of a namespace.
func (c *ControlPlane) empty(ctx context.Context, clients *kubernetes.Clientset, namespace string) error {
	objects, err := metadata.NewForConfig(c.Config)
	if err != nil {
		return fmt.Errorf("create a client: %w", err)
	}
	lists, err := clients.Discovery().ServerPreferredNamespacedResources()
	if err != nil {
		return fmt.Errorf("list its resources: %w", err)
	}
	var errs []error
	for _, list := range lists {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return fmt.Errorf("read a group's name: %w", err)
		}
		for _, r := range list.APIResources {
			if !slices.Contains(r.Verbs, "deletecollection") {
				continue
			}
			err := objects.Resource(gv.WithResource(r.Name)).Namespace(namespace).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{})
			if err != nil && !apierrors.IsNotFound(err) { // a CRD that was just deleted
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}
