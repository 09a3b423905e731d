package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"

	"sluice/validation"
	"sluice/validation/policy"
)

// Cluster reads what verdicts in a cluster depend on.
type Cluster struct{ Reader }

// New prepares the access.
func New(config *rest.Config) (*Cluster, error) {
	config = rest.CopyConfig(config)
	config.WarningHandler, config.WarningHandlerWithContext = nil, warningCollector{}
	client, err := NewClient(config)
	if err != nil {
		return nil, fmt.Errorf("no access to a cluster: %w", err)
	}
	return &Cluster{Reader{client}}, nil
}

// Stored returns the Network and, if there are any, the ConfigMap, the FlowExportProfiles and the
// FlowCollector as a List in JSON. A FlowCollector that the user may not read is left out: all that
// it has then counts as new.
func (c *Cluster) Stored(ctx context.Context) ([]byte, error) {
	items := []any{}
	var problems []error
	for _, read := range []func(context.Context) (*unstructured.Unstructured, error){c.Network, c.FlowsConfig} {
		u, err := read(ctx)
		if err != nil {
			problems = append(problems, err)
		} else if u != nil {
			items = append(items, u.Object)
		}
	}
	profiles, err := c.List(ctx, Profiles(), "")
	if err != nil && !apierrors.IsNotFound(err) {
		problems = append(problems, err)
	}
	for i := range profiles {
		items = append(items, profiles[i].Object)
	}
	switch u, err := c.FlowCollector(ctx); {
	case err != nil && !apierrors.IsForbidden(err):
		problems = append(problems, err)
	case u != nil:
		items = append(items, u.Object)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	text, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
	if err != nil {
		return nil, fmt.Errorf("encode the stored objects: %w", err)
	}
	return text, nil
}

// ErrNoPolicies means that the cluster does not serve FlowExportPolicies, so it has none.
var ErrNoPolicies = errors.New("the cluster does not serve flowexportpolicies.sluice.dev; no policies are in force there")

// Policies returns the policies of the cluster. A policy that can't be read has Fault set, as in a
// webhook that has just started. A running webhook may keep an earlier generation in force, which
// only that webhook knows.
func (c *Cluster) Policies(ctx context.Context) ([]policy.Policy, error) {
	objects, err := c.List(ctx, Policies(), "")
	if apierrors.IsNotFound(err) {
		return nil, ErrNoPolicies
	}
	if err != nil {
		return nil, err
	}
	var list []policy.Policy
	for i := range objects {
		list = append(list, PolicyOf(&objects[i]))
	}
	return list, nil
}

// PolicyOf reads a policy; one that can't be read has Fault set.
func PolicyOf(u *unstructured.Unstructured) policy.Policy {
	encoded, err := u.MarshalJSON()
	if err != nil {
		return policy.Policy{Name: u.GetName(), Fault: err.Error()}
	}
	p, err := policy.FromJSON(encoded)
	if err != nil {
		return policy.Policy{Name: u.GetName(), Exempt: p.Exempt, Namespaces: p.Namespaces, Fault: err.Error()}
	}
	return p
}

// User returns the current user, as the API server authenticates it.
func (c *Cluster) User(ctx context.Context) (validation.User, error) {
	request := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": selfSubjectReviews().GroupVersion().String(), "kind": "SelfSubjectReview",
	}}
	answer, err := c.Client.Resource(selfSubjectReviews()).Create(ctx, request, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	var review authenticationv1.SelfSubjectReview
	if err == nil {
		err = runtime.DefaultUnstructuredConverter.FromUnstructured(answer.Object, &review)
	}
	if err != nil {
		return validation.User{}, fmt.Errorf("get the current user from the API server: %w; name the user with --as", err)
	}
	return validation.User{Name: review.Status.UserInfo.Username, Groups: review.Status.UserInfo.Groups}, nil
}
