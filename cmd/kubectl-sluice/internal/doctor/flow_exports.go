package doctor

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
)

// evaluationPatience is how long the controller has to evaluate a FlowExport. It usually needs less than a second.
const evaluationPatience = time.Minute

// The objects with which tenants can use FlowExports, and can't write what is accepted.
const (
	tenantsRole       = "sluice-flowexports-edit"
	statusPolicy      = "sluice-flowexport-status"
	adviceTenantRules = "kubectl apply --server-side -f manifests/base/tenants-rbac.yaml -f manifests/base/tenants-admissionpolicy.yaml"
)

// flowExports checks what FlowExports need: their CRD, the right of tenants to write them, the admission policy that
// protects their status, a controller that evaluates them, and agents that send for those that are accepted.
func (c Cluster) flowExports(ctx context.Context) Finding {
	f := Finding{ID: idFlowExports, State: OK, What: "FlowExports of tenants"}
	list, err := c.List(ctx, kube.FlowExports(), "")
	switch {
	case apierrors.IsNotFound(err):
		f.State, f.Why, f.Do = Bad, "there is no CRD flowexports.sluice.dev, so the controller and the agents can't watch FlowExports", reinstall
		return f
	case err != nil:
		return f.unknown(err)
	}
	if lacks, err := c.tenantObjects(ctx); err != nil {
		return f.unknown(err)
	} else if lacks != "" {
		f.State, f.Why, f.Do = Bad, lacks, adviceTenantRules
		return f
	}
	var pending, ignored []string
	accepted, sending := 0, 0
	for i := range list {
		var o v1alpha1.FlowExport
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(list[i].Object, &o); err != nil {
			return f.unknown(fmt.Errorf("read FlowExport %s: %w", list[i].GetName(), err))
		}
		name := o.Namespace + "/" + o.Name
		switch is := acceptance(o); {
		case is == nil && c.Now().Sub(o.CreationTimestamp.Time) > evaluationPatience:
			pending = append(pending, name)
		case is != nil && is.Status == metav1.ConditionTrue:
			accepted++
			if o.Status.NodesWanted > 0 {
				sending++
			} else if c.Now().Sub(is.LastTransitionTime.Time) > evaluationPatience {
				ignored = append(ignored, name)
			}
		}
	}
	f.Detail = fmt.Sprintf("%d, of which %d are accepted and %d are on a node", len(list), accepted, sending)
	switch {
	case len(pending) > 0:
		slices.Sort(pending)
		f.State, f.Why = Bad, "the controller has not evaluated "+shorten(pending)+", so nothing is sent for them"
		f.Do = "kubectl -n " + webhookNamespace + " logs -l app.kubernetes.io/component=controller --tail=100"
	case len(ignored) > 0 && sending == 0:
		slices.Sort(ignored)
		f.State, f.Why = Warn, "no agent reports any accepted FlowExport, such as "+shorten(ignored)+
			": no agent knows FlowExports, or these namespaces have no pods"
		f.Do = "compare the versions above, and update the agents: see docs/install/README.md, section Update"
	}
	return f
}

// acceptance is the condition Accepted of the present generation; nil if it was not evaluated.
func acceptance(o v1alpha1.FlowExport) *metav1.Condition {
	if o.Status == nil {
		return nil
	}
	if c := meta.FindStatusCondition(o.Status.Conditions, v1alpha1.ConditionAccepted); c != nil && c.ObservedGeneration == o.Generation {
		return c
	}
	return nil
}

// tenantObjects says what is missing of the role and the admission policy. What may not be read is not missed.
func (c Cluster) tenantObjects(ctx context.Context) (lacks string, err error) {
	roles := schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterroles"}
	for _, o := range []struct {
		resource schema.GroupVersionResource
		name     string
		effect   string
	}{
		{roles, tenantsRole, "the ClusterRole " + tenantsRole + " is missing, so the roles admin and edit do not include FlowExports"},
		{kube.AdmissionPolicies(), statusPolicy, "the ValidatingAdmissionPolicy " + statusPolicy + " is missing: users who may write the status of a FlowExport could accept it"},
		{kube.AdmissionPolicyBindings(), statusPolicy, "the ValidatingAdmissionPolicyBinding " + statusPolicy + " is missing: users who may write the status of a FlowExport could accept it"},
	} {
		_, err := c.Client.Resource(o.resource).Get(ctx, o.name, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			return o.effect, nil
		case err != nil && !apierrors.IsForbidden(err):
			return "", fmt.Errorf("read %s %s: %w", o.resource.Resource, o.name, err)
		}
	}
	return "", nil
}
