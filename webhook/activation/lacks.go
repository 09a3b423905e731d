package activation

import (
	"context"
	"fmt"
	"slices"

	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
	"sluice/webhook/registration"
)

// service is the name of the Service of the webhook.
const service = "sluice-webhook"

// lacks says what API servers that call the webhook would lack; empty if nothing.
func (k *Keeper) lacks(ctx context.Context, list []registration.Configuration) (string, error) {
	byService, found := false, false
	for _, c := range list {
		for _, h := range c.Webhooks {
			if problem := registration.TrustProblem(h.ClientConfig, nil, k.config.Now()); problem != "" {
				return h.Name + " " + problem, nil
			}
			if registration.PathOf(h.ClientConfig) == "/" {
				return h.Name + " has no path that the webhook answers", nil
			}
			found, byService = true, byService || h.ClientConfig.Service != nil
		}
	}
	switch {
	case !found:
		return "there are no webhook configurations", nil
	case byService:
		return k.lacksEndpoint(ctx)
	case k.config.Leases:
		return k.lacksReplica(ctx)
	}
	return "", nil
}

// lacksEndpoint says so if the Service has no ready endpoint.
func (k *Keeper) lacksEndpoint(ctx context.Context) (string, error) {
	found, err := k.config.Client.Resource(kube.EndpointSlices()).Namespace(k.config.Namespace).List(ctx, metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=" + service})
	if err != nil {
		return "", fmt.Errorf("look for a ready replica of the webhook: %w", err)
	}
	if !ready(found.Items) {
		return fmt.Sprintf("the Service %s/%s has no ready endpoint", k.config.Namespace, service), nil
	}
	return "", nil
}

// ready reports whether any of some EndpointSlices has a ready endpoint.
func ready(list []unstructured.Unstructured) bool {
	return slices.ContainsFunc(list, func(u unstructured.Unstructured) bool {
		var s discoveryv1.EndpointSlice
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &s); err != nil {
			return false // it names no endpoint
		}
		// Nil means unknown, which counts as ready (discoveryv1.EndpointConditions).
		return slices.ContainsFunc(s.Endpoints, func(e discoveryv1.Endpoint) bool { return ptr.Deref(e.Conditions.Ready, true) })
	})
}

// lacksReplica says so if no replica has the policies in force: it then has a Lease. API servers that
// call a replica on their own machine use no endpoints.
func (k *Keeper) lacksReplica(ctx context.Context) (string, error) {
	leases, err := k.config.Client.Resource(kube.Leases()).Namespace(k.config.Namespace).List(ctx, metav1.ListOptions{LabelSelector: v1alpha1.ReplicaLabel + "=" + v1alpha1.ReplicaWebhook})
	if err != nil {
		return "", fmt.Errorf("look for a replica of the webhook: %w", err)
	}
	if len(leases.Items) == 0 {
		return "no replica of the webhook has the policies in force", nil
	}
	return "", nil
}
