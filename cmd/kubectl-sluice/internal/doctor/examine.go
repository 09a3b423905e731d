package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"sluice/api/v1alpha1"
	"sluice/validation"
	"sluice/webhook/registration"
)

// State is what became of one examination.
type State string

// The states.
const (
	OK      State = "ok"
	Bad     State = "bad"
	Unknown State = "unknown" // it could not be examined
)

// Finding is what one examination found.
type Finding struct {
	State State  `json:"state"`
	What  string `json:"what"`
	// Why says what is wrong, and Do what to do about it.
	Why string `json:"why,omitempty"`
	Do  string `json:"do,omitempty"`
}

// Cluster is what is examined.
type Cluster struct {
	Client dynamic.Interface
	Now    func() time.Time
}

// Examine does everything, the causes before their effects.
func (c Cluster) Examine(ctx context.Context) []Finding {
	list := []Finding{c.served(ctx)}
	list = append(list, c.registered(ctx)...)
	return append(list, c.refuses(ctx), c.alive(ctx))
}

const reinstall = "apply the manifests of this version again"

// served looks for the CRDs.
func (c Cluster) served(ctx context.Context) Finding {
	f := Finding{State: OK, What: "the API server serves Sluice's objects"}
	var missing []string
	for _, resource := range []string{"flowexportpolicies", "flowexportprofiles", "nodeflowexports"} {
		_, err := c.Client.Resource(v1alpha1.GroupVersion.WithResource(resource)).List(ctx, metav1.ListOptions{Limit: 1})
		switch {
		case apierrors.IsNotFound(err):
			missing = append(missing, resource+"."+v1alpha1.GroupVersion.Group)
		case err != nil && f.State == OK:
			f.State, f.Why = Unknown, err.Error()
		}
	}
	if missing != nil {
		f.State, f.Why, f.Do = Bad, "there is no CRD "+strings.Join(missing, ", "), reinstall
	}
	return f
}

// registered looks at the two registrations, and at whom they name.
func (c Cluster) registered(ctx context.Context) []Finding {
	wanted, err := registration.Expected()
	if err != nil {
		return []Finding{{State: Unknown, What: "the webhook is registered", Why: err.Error()}}
	}
	var list []Finding
	var hooks []registration.Webhook
	for _, kind := range []string{registration.Mutating, registration.Validating} {
		f, found := c.registration(ctx, kind, wanted[kind])
		list, hooks = append(list, f), append(hooks, found...)
	}
	if len(hooks) == 0 {
		return list
	}
	return append(list, c.trusted(hooks), c.answering(ctx, hooks))
}

// registration reads one of the two and compares it with the manifests.
func (c Cluster) registration(ctx context.Context, kind string, wanted []registration.Webhook) (Finding, []registration.Webhook) {
	f := Finding{State: OK, What: "the webhook is registered: " + strings.ToLower(kind) + "/" + registration.Name}
	u, err := c.Client.Resource(registration.Resource(kind)).Get(ctx, registration.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		f.State, f.Why, f.Do = Bad, "there is none, so the API server asks nobody and takes every list", reinstall
		return f, nil
	case err != nil:
		f.State, f.Why = Unknown, err.Error()
		return f, nil
	}
	hooks, err := registration.Read(kind, u.Object)
	if err != nil {
		f.State, f.Why = Unknown, err.Error()
	} else if found := registration.Differences(wanted, hooks); len(found) > 0 {
		f.State, f.Why, f.Do = Bad, "it is not as the manifests have it: "+strings.Join(found, "; "), reinstall
	}
	return f, hooks
}

func (c Cluster) trusted(hooks []registration.Webhook) Finding {
	f := Finding{State: OK, What: "the API server trusts the webhook's certificate authority"}
	for _, h := range hooks {
		if wrong := registration.CABundleProblem(h.ClientConfig.CABundle, c.Now()); wrong != "" {
			f.State, f.Why = Bad, h.Name+" "+wrong
			f.Do = "look at who writes it: Sluice itself with --certs=managed (its log says why not), else OpenShift's service CA or cert-manager's cainjector"
			return f
		}
	}
	return f
}

// answering looks whether somebody stands behind the Service.
func (c Cluster) answering(ctx context.Context, hooks []registration.Webhook) Finding {
	f := Finding{State: OK, What: "a replica of the webhook is ready"}
	service := hooks[0].ClientConfig.Service
	if service == nil {
		f.What = "the webhook is called by URL; whether it answers shows below"
		return f
	}
	slices := schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"}
	list, err := c.Client.Resource(slices).Namespace(service.Namespace).List(ctx, metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=" + service.Name})
	if err != nil {
		f.State, f.Why = Unknown, err.Error()
		return f
	}
	ready := 0
	for i := range list.Items {
		var s discoveryv1.EndpointSlice
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(list.Items[i].Object, &s); err != nil {
			f.State, f.Why = Unknown, err.Error()
			return f
		}
		for _, e := range s.Endpoints {
			if e.Conditions.Ready != nil && *e.Conditions.Ready {
				ready++
			}
		}
	}
	if ready == 0 {
		f.State, f.Why = Bad, fmt.Sprintf("the Service %s/%s has no ready endpoint; changes of the lists are refused until there is one", service.Namespace, service.Name)
		f.Do = fmt.Sprintf("kubectl -n %s get pods; kubectl -n %s describe deployment sluice-webhook", service.Namespace, service.Namespace)
	}
	return f
}

// knownBad is a collector that OVN-Kubernetes can't parse, at an address that nobody has
// (RFC 5737).
const knownBad = "192.0.2.01:2055"

// refuses asks for a change that must be refused, without storing it.
func (c Cluster) refuses(ctx context.Context) Finding {
	f := Finding{State: OK, What: "a list that is known to be bad is refused (a dry run; nothing is stored)"}
	networks := c.Client.Resource(schema.GroupVersionResource{Group: "operator.openshift.io", Version: "v1", Resource: "networks"})
	patch := `{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["` + knownBad + `"]}}}}`
	_, err := networks.Patch(ctx, validation.ClusterName, types.MergePatchType, []byte(patch), metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}, FieldManager: "sluice-doctor"})
	if apierrors.IsNotFound(err) {
		_, err = networks.Create(ctx, &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "operator.openshift.io/v1", "kind": "Network", "metadata": map[string]any{"name": validation.ClusterName},
			"spec": map[string]any{"exportNetworkFlows": map[string]any{"netFlow": map[string]any{"collectors": []any{knownBad}}}},
		}}, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldManager: "sluice-doctor"})
	}
	switch text := fmt.Sprint(err); {
	case err == nil:
		f.State, f.Why, f.Do = Bad, "the API server takes "+knownBad+", on which ovnkube-node does not start: nobody was asked", reinstall
	case strings.Contains(text, "sluice/"+string(validation.RuleLeadingZero)), strings.Contains(text, "ValidatingAdmissionPolicy 'sluice-networks'"):
	case strings.Contains(text, "failed calling webhook"):
		f.State, f.Why, f.Do = Bad, "the API server can't reach or trust the webhook: "+text, "look at the finding before this one, and at the log of kube-apiserver"
	case apierrors.IsNotFound(err):
		f.State, f.Why = Unknown, "the cluster does not serve networks.operator.openshift.io: there is nothing to guard"
	default:
		f.State, f.Why = Unknown, text
	}
	return f
}
