package compiled

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"sluice/test/harness/cluster"
	"sluice/validation"
	"sluice/validation/policy"
	"sluice/validation/vap"
)

// judge is one way to have a change judged.
type judge struct {
	networks, configMaps, profiles dynamic.ResourceInterface
	warnings                       *warningList
}

type warningList struct {
	mu   sync.Mutex
	list []string
}

func (w *warningList) HandleWarningHeaderWithContext(_ context.Context, _ int, _, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, text)
}

func (w *warningList) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.list, "\n")
}

// as makes requests of a user, who may do everything as far as RBAC goes.
func as(t *testing.T, user validation.User) judge {
	t.Helper()
	config := shared.As(cluster.Admin)
	config.Impersonate = rest.ImpersonationConfig{UserName: user.Name, Groups: append([]string{"system:masters", "system:authenticated"}, user.Groups...)}
	return judgeWith(t, config)
}

// operator writes what nobody judges.
func operator(t *testing.T) judge {
	t.Helper()
	return judgeWith(t, shared.As(cluster.Operator))
}

func judgeWith(t *testing.T, config *rest.Config) judge {
	t.Helper()
	j := judge{warnings: &warningList{}}
	config.WarningHandlerWithContext = j.warnings
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	j.networks = client.Resource(schema.GroupVersionResource{Group: "operator.openshift.io", Version: "v1", Resource: "networks"})
	j.configMaps = client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(validation.FlowsConfigNamespace)
	j.profiles = client.Resource(schema.GroupVersionResource{Group: "sluice.dev", Version: "v1alpha1", Resource: "flowexportprofiles"})
	return j
}

func (j judge) resource(o *unstructured.Unstructured) dynamic.ResourceInterface {
	switch o.GetKind() {
	case "ConfigMap":
		return j.configMaps
	case "FlowExportProfile":
		return j.profiles
	}
	return j.networks
}

// try asks for a change of what is stored without storing it; stored is nil for a creation.
func (j judge) try(t *testing.T, stored, o *unstructured.Unstructured) error {
	t.Helper()
	if stored == nil {
		_, err := j.resource(o).Create(t.Context(), o, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldValidation: metav1.FieldValidationStrict})
		return err
	}
	o = o.DeepCopy()
	for version := stored.GetResourceVersion(); ; {
		o.SetResourceVersion(version)
		_, err := j.resource(o).Update(t.Context(), o, metav1.UpdateOptions{DryRun: []string{metav1.DryRunAll}, FieldValidation: metav1.FieldValidationStrict})
		if !apierrors.IsConflict(err) {
			return err
		}
		now, err := j.resource(o).Get(t.Context(), o.GetName(), metav1.GetOptions{}) // the leader wrote its status
		if err != nil {
			t.Fatal(err)
		}
		version = now.GetResourceVersion()
	}
}

// put stores an object in the place of what was there; nil removes it.
func (j judge) put(t *testing.T, like, o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	t.Helper()
	r := j.resource(like)
	stored, err := r.Get(t.Context(), like.GetName(), metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		t.Fatal(err)
	}
	exists := err == nil
	switch {
	case o == nil && exists:
		if err := r.Delete(t.Context(), like.GetName(), metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		return nil, nil
	case o == nil:
		return nil, nil
	case exists:
		o = o.DeepCopy()
		o.SetResourceVersion(stored.GetResourceVersion())
		updated, err := r.Update(t.Context(), o, metav1.UpdateOptions{})
		if apierrors.IsConflict(err) {
			return j.put(t, like, o)
		}
		return updated, err
	}
	return r.Create(t.Context(), o, metav1.CreateOptions{})
}

// install puts policies into force in both ways and waits until both have them.
func install(t *testing.T, generation int, in vap.Input) {
	t.Helper()
	canary := validation.User{Name: fmt.Sprintf("canary-%d", generation)}
	in.Policies = append(in.Policies, policy.Policy{
		Name: "a-canary", Subjects: []policy.Subject{{Name: canary.Name}}, Deny: []policy.Rule{{}},
	})
	applyObjects(t, in.Policies)
	applyCompiled(t, in)
	// Not after the probes: an API server before 1.36 can crash if it evaluates policies with variables while it compiles
	// others (kubernetes/kubernetes#135757).
	if err := shared.WaitForAdmissionPolicies(t.Context()); err != nil {
		t.Fatal(err)
	}
	for probe, stored := range map[*unstructured.Unstructured]*unstructured.Unstructured{
		flows(t, `{"netFlow":{"collectors":["10.0.0.1:2055"]}}`): flows(t, `{}`),
		flowsConfig(t, `{"sharedTarget":"10.0.0.1:2055"}`):       flowsConfig(t, `{}`),
	} {
		stored, err := operator(t).put(t, probe, stored)
		if err != nil {
			t.Fatal(err)
		}
		for _, judge := range []judge{as(t, canary), as(t, validation.User{Name: canary.Name, Groups: []string{throughCEL}})} {
			eventually(t, "the policies are not in force", func(context.Context) (bool, error) {
				err := judge.try(t, stored, probe)
				return err != nil && strings.Contains(err.Error(), "a-canary"), nil
			})
		}
	}
}

func applyObjects(t *testing.T, policies []policy.Policy) {
	t.Helper()
	must(t, "", "delete", "flowexportpolicies", "--all")
	var manifest strings.Builder
	for _, p := range policies {
		manifest.WriteString(manifestOf(t, p))
	}
	must(t, manifest.String(), "create", "-f", "-")
}

func must(t *testing.T, stdin string, args ...string) {
	t.Helper()
	if _, err := shared.Must(t.Context(), cluster.Command{User: cluster.Admin, Stdin: stdin, Args: args}); err != nil {
		t.Fatal(err)
	}
}

// applyCompiled replaces the compiled policies.
func applyCompiled(t *testing.T, in vap.Input) {
	t.Helper()
	out, err := vap.Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	registrations := shared.client.AdmissionregistrationV1()
	everything := metav1.ListOptions{LabelSelector: "app.kubernetes.io/name=sluice"}
	err = errors.Join(
		registrations.ValidatingAdmissionPolicyBindings().DeleteCollection(t.Context(), metav1.DeleteOptions{}, everything),
		registrations.ValidatingAdmissionPolicies().DeleteCollection(t.Context(), metav1.DeleteOptions{}, everything),
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range out.Policies {
		p.Spec.MatchConditions = append(p.Spec.MatchConditions, admissionregistrationv1.MatchCondition{
			Name: throughCEL, Expression: "'" + throughCEL + "' in request.userInfo.?groups.orValue([])",
		})
		if _, err := registrations.ValidatingAdmissionPolicies().Create(t.Context(), &p, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range out.Bindings {
		if _, err := registrations.ValidatingAdmissionPolicyBindings().Create(t.Context(), &b, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

// flows is a Network with these lists.
func flows(t *testing.T, exportNetworkFlows string) *unstructured.Unstructured {
	t.Helper()
	return parse(t, cluster.NetworkManifest()+"  exportNetworkFlows: "+exportNetworkFlows+"\n")
}

func parse(t *testing.T, manifest string) *unstructured.Unstructured {
	t.Helper()
	var o unstructured.Unstructured
	if err := yaml.Unmarshal([]byte(manifest), &o.Object); err != nil {
		t.Fatal(err)
	}
	return &o
}
