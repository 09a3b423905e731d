package main

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/internal/kube"
	"sluice/validation"
)

// objects reads the profiles and the ConfigMap. If that is forbidden, or the cluster serves no profiles, because their
// CustomResourceDefinition is gone, it says so: the reports of the nodes can be shown.
func (a *access) objects(ctx context.Context, c *status.Cluster) error {
	c.Profiles, c.InputsUnknown = nil, ""
	config, err := a.FlowsConfig(ctx)
	setFlowsConfig(c, config)
	if apierrors.IsForbidden(err) {
		c.FlowsConfigUnknown = err.Error()
	}
	profiles, listErr := a.List(ctx, kube.Profiles(), "")
	for _, err := range []error{err, listErr} {
		if apierrors.IsForbidden(err) || apierrors.IsNotFound(err) {
			c.InputsUnknown = err.Error()
			return nil
		}
		if err != nil {
			return err
		}
	}
	for i := range profiles {
		if err := addProfile(c, &profiles[i]); err != nil {
			return err
		}
	}
	return nil
}

// setFlowsConfig sets what the ConfigMap says; nil if it does not exist.
func setFlowsConfig(c *status.Cluster, u *unstructured.Unstructured) {
	c.FlowsConfig, c.ConfigCollectors, c.ConfigMalformed, c.FlowsConfigUnknown = nil, nil, nil, ""
	if u == nil {
		return
	}
	c.FlowsConfig, _, _ = unstructured.NestedStringMap(u.Object, "data") // a ConfigMap has no other types
	if c.FlowsConfig == nil {
		c.FlowsConfig = map[string]string{}
	}
	object, err := validation.FromMap(validation.FlowsConfig, u.Object)
	if err != nil {
		c.FlowsConfigUnknown = err.Error()
		return
	}
	review := validation.Review(validation.Input{Operation: validation.Create, Object: object, Options: validation.Options{IPv6: true}})
	c.ConfigCollectors, c.ConfigMalformed = validation.Texts(review.Flows.Of(validation.IPFIX)), review.Errors
}

// addProfile adds a profile.
func addProfile(c *status.Cluster, u *unstructured.Unstructured) error {
	var p v1alpha1.FlowExportProfile
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &p); err != nil {
		return fmt.Errorf("read FlowExportProfile %s: %w", u.GetName(), err)
	}
	c.Profiles = append(c.Profiles, p)
	return nil
}
