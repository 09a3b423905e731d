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
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"sluice/api/v1alpha1"
	"sluice/validation"
	"sluice/validation/policy"
)

// Cluster reads one cluster.
type Cluster struct {
	objects dynamic.Interface
	client  kubernetes.Interface
}

// New prepares the access.
func New(config *rest.Config) (*Cluster, error) {
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("no access to a cluster: %w", err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("no access to a cluster: %w", err)
	}
	return &Cluster{objects, client}, nil
}

// Stored returns the Network and, if there is one, the ConfigMap as a List in JSON.
func (c *Cluster) Stored(ctx context.Context) ([]byte, error) {
	networks := schema.GroupVersionResource{Group: "operator.openshift.io", Version: "v1", Resource: "networks"}
	configMaps := schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	items := []any{}
	var problems []error
	for _, o := range []struct {
		what     string
		resource dynamic.ResourceInterface
		name     string
	}{
		{"Network.operator " + validation.ClusterName, c.objects.Resource(networks), validation.ClusterName},
		{"ConfigMap " + validation.FlowsConfigNamespace + "/" + validation.FlowsConfigName, c.objects.Resource(configMaps).Namespace(validation.FlowsConfigNamespace), validation.FlowsConfigName},
	} {
		u, err := o.resource.Get(ctx, o.name, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
		case err != nil:
			problems = append(problems, fmt.Errorf("read %s: %w", o.what, err))
		default:
			items = append(items, u.Object)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	text, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
	if err != nil {
		return nil, fmt.Errorf("encode what is stored: %w", err)
	}
	return text, nil
}

// ErrNoPolicies says that the cluster has no policies because it doesn't know them.
var ErrNoPolicies = errors.New("the cluster does not serve flowexportpolicies.sluice.dev; no policies are in force there")

// pageSize is how many policies are read at a time.
const pageSize = 500

// Policies returns the cluster's policies. One that can't be read is returned as the
// webhook has it after a start, closed; the generation that the running webhook may still
// have in force instead stands nowhere but in its memory.
func (c *Cluster) Policies(ctx context.Context) ([]policy.Policy, error) {
	var list []policy.Policy
	options := metav1.ListOptions{Limit: pageSize}
	for {
		page, err := c.objects.Resource(v1alpha1.GroupVersion.WithResource("flowexportpolicies")).List(ctx, options)
		if apierrors.IsNotFound(err) {
			return nil, ErrNoPolicies
		}
		if err != nil {
			return nil, fmt.Errorf("read FlowExportPolicies: %w", err)
		}
		for i := range page.Items {
			list = append(list, fromObject(&page.Items[i]))
		}
		if options.Continue = page.GetContinue(); options.Continue == "" {
			return list, nil
		}
	}
}

func fromObject(u *unstructured.Unstructured) policy.Policy {
	encoded, err := u.MarshalJSON()
	if err != nil {
		return policy.Policy{Name: u.GetName(), Fault: err.Error()}
	}
	p, err := policy.FromJSON(encoded)
	if err != nil {
		return policy.Policy{Name: u.GetName(), Fault: err.Error()}
	}
	return p
}

// User returns who asks, as the API server sees it.
func (c *Cluster) User(ctx context.Context) (validation.User, error) {
	review, err := c.client.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		return validation.User{}, fmt.Errorf("ask the API server who you are: %w; name the user with --as", err)
	}
	return validation.User{Name: review.Status.UserInfo.Username, Groups: review.Status.UserInfo.Groups}, nil
}
