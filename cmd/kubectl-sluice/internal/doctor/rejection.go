package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"sluice/internal/kube"
	"sluice/validation"
	"sluice/webhook/paths"
)

// malformed is a collector that the CRD accepts and OVN-Kubernetes can't parse, at an address
// of which RFC 5737 says that no host has it.
const malformed = "192.0.2.01:2055"

// wellFormed is the same collector as it must be written.
const wellFormed = "192.0.2.1:2055"

// admissionPolicy is the ValidatingAdmissionPolicy with the base rules that package vap compiles.
const admissionPolicy = "sluice-networks"

// rejects sends a change that must be rejected, as a dry run.
func (c Cluster) rejects(ctx context.Context) Finding {
	f := Finding{ID: idRejection, State: OK, What: "rejection of a malformed list (server-side dry run; nothing is stored)", Detail: "rejected"}
	err := c.dryRun(ctx, malformed)
	switch {
	case err == nil:
		f.State, f.Do = Bad, reinstall
		f.Why = fmt.Sprintf("the API server accepts %s, with which ovnkube-node does not start: neither the webhook nor an admission policy checked it", malformed)
	case names(err, validation.RuleLeadingZero):
	case apierrors.IsInternalError(err), apierrors.IsServiceUnavailable(err), apierrors.IsTimeout(err):
		f.State, f.Why = Bad, "the API server can't reach the webhook, or does not trust it: "+paths.Redact(err.Error())
		f.Do = "if the API server can't connect, see the pods: kubectl -n sluice-system get pods -l app.kubernetes.io/component=webhook -o wide; kubectl -n sluice-system logs -l app.kubernetes.io/component=webhook; " +
			"if it connects and does not trust the certificate, see the certificate authority above; kubectl sluice runbook SluiceWebhookCallsFail"
	case apierrors.IsNotFound(err):
		f.State, f.Why = Unknown, "the cluster does not serve networks.operator.openshift.io, so there is nothing to guard"
	case apierrors.IsInvalid(err):
		return c.rejectedByPolicy(ctx, f, err)
	default:
		return f.unknown(err)
	}
	return f
}

// dryRun patches the Network, or creates it, with a collector.
func (c Cluster) dryRun(ctx context.Context, collector string) error {
	networks := c.Client.Resource(kube.Networks())
	dryRun := []string{metav1.DryRunAll}
	const manager = "sluice-doctor"
	patch := `{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["` + collector + `"]}}}}`
	_, err := networks.Patch(ctx, validation.ClusterName, types.MergePatchType, []byte(patch), metav1.PatchOptions{DryRun: dryRun, FieldManager: manager})
	if apierrors.IsNotFound(err) {
		_, err = networks.Create(ctx, &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": kube.Networks().GroupVersion().String(), "kind": "Network", "metadata": map[string]any{"name": validation.ClusterName},
			"spec": map[string]any{"exportNetworkFlows": map[string]any{"netFlow": map[string]any{"collectors": []any{collector}}}},
		}}, metav1.CreateOptions{DryRun: dryRun, FieldManager: manager})
	}
	return err
}

// names reports whether a rejection names a rule of Sluice as a cause.
func names(err error, rule validation.Rule) bool {
	answer, ok := errors.AsType[*apierrors.StatusError](err)
	return ok && answer.ErrStatus.Details != nil && slices.ContainsFunc(answer.ErrStatus.Details.Causes, func(c metav1.StatusCause) bool {
		return c.Type == metav1.CauseType(rule)
	})
}

// rejectedByPolicy tells whether Sluice's ValidatingAdmissionPolicy can have rejected the change. The API server names the
// policy in its message only, for people, and the text differs between versions. So two other questions are asked: is
// Sluice's policy in force, and does the API server accept the same change with a well-formed collector? If it rejects that
// too, something else may have rejected both, for example a policy that lets few users change the lists.
func (c Cluster) rejectedByPolicy(ctx context.Context, f Finding, rejection error) Finding {
	bound, err := c.baseRulesBound(ctx)
	if err != nil {
		return f.unknown(fmt.Errorf("the change was rejected, but not by the webhook, and the admission policy %s can't be read: %w", admissionPolicy, err))
	}
	if !bound {
		return f.unknown(fmt.Errorf("the change was rejected, but not by Sluice: %w", rejection))
	}
	if err := c.dryRun(ctx, wellFormed); err != nil {
		return f.unknown(fmt.Errorf("the change was rejected, but not by the webhook; the same change with the well-formed %s is not accepted either, so the answer does not say that the list was the reason: %w", wellFormed, err))
	}
	f.Detail = "rejected inside the API server, not by the webhook"
	return f
}

// baseRulesBound reports whether the admission policy with the base rules is in force.
func (c Cluster) baseRulesBound(ctx context.Context) (bool, error) {
	u, err := c.Client.Resource(kube.AdmissionPolicies()).Get(ctx, admissionPolicy, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var p admissionregistrationv1.ValidatingAdmissionPolicy
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &p); err != nil {
		return false, err
	}
	list, err := c.Client.Resource(kube.AdmissionPolicyBindings()).List(ctx, metav1.ListOptions{})
	if err != nil {
		return false, err
	}
	bindings, err := typed[admissionregistrationv1.ValidatingAdmissionPolicyBinding](list)
	return unbound(p, bindings) == "", err
}
