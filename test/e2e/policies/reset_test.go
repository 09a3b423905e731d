package policies

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"sluice/api/v1alpha1"
	"sluice/test/harness/cluster"
)

// reset brings the objects back to what an installed cluster has, without policies, and waits until neither the webhook nor
// the API server has any.
func reset(t *testing.T) {
	t.Helper()
	deleteAll(t, shared.Client, &v1alpha1.FlowExportPolicyList{})
	deleteAll(t, shared.Client, &v1alpha1.FlowExportProfileList{})
	networks := &unstructured.UnstructuredList{}
	networks.SetAPIVersion("operator.openshift.io/v1")
	networks.SetKind("NetworkList")
	deleteAll(t, shared.operator, networks)
	config := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "openshift-network-operator", Name: "ovs-flows-config"}}
	network := &unstructured.Unstructured{}
	err := errors.Join(
		client.IgnoreNotFound(shared.operator.Delete(t.Context(), config)),
		yaml.Unmarshal([]byte(cluster.NetworkManifest()), &network.Object),
		shared.operator.Create(t.Context(), network),
	)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string { return inForce(t) })
	eventually(t, func() string { return withoutGenerated(t) })
}

// withoutGenerated deletes the admission policies that the controller made of policies with "removal: OnlyAllowed", and says
// what it deleted. The controller does so too, but a test may have just killed its leader. The API server uses them for a
// moment after that.
func withoutGenerated(t *testing.T) string {
	t.Helper()
	names := []string{"validatingadmissionpolicies,validatingadmissionpolicybindings", "sluice-removal-networks", "sluice-removal-flows-config"}
	found := must(t, cluster.Admin, "", append([]string{"get", "--ignore-not-found", "--output=name"}, names...)...).Stdout
	if found == "" {
		return ""
	}
	must(t, cluster.Admin, "", append([]string{"delete", "--ignore-not-found"}, names...)...)
	if err := shared.WaitForAdmissionPolicies(t.Context()); err != nil {
		t.Fatal(err)
	}
	return "still there:\n" + found
}

// deleteAll deletes the objects of a kind.
func deleteAll(t *testing.T, as client.Client, list client.ObjectList) {
	t.Helper()
	if err := as.List(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	err := meta.EachListItem(list, func(o runtime.Object) error {
		return client.IgnoreNotFound(as.Delete(t.Context(), o.(client.Object))) //nolint:forcetypeassert // all objects are
	})
	if err != nil {
		t.Fatal(err)
	}
}

// inForce are the policies that the webhook has, by its metrics. One that does not run has none.
func inForce(t *testing.T) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, shared.sluice.Metrics, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "sluice_policy_in_force{") {
			return "still in force: " + line
		}
	}
	return ""
}

// apply puts policies into force: it waits until the webhook has them.
func apply(t *testing.T, manifest string) {
	t.Helper()
	must(t, cluster.Admin, manifest, "apply", "-f", "-")
	eventually(t, func() string {
		var list v1alpha1.FlowExportPolicyList
		if err := shared.Client.List(t.Context(), &list); err != nil {
			return err.Error()
		}
		if len(list.Items) == 0 {
			return "there are no policies"
		}
		for _, p := range list.Items {
			var ready *metav1.Condition
			if p.Status != nil {
				ready = meta.FindStatusCondition(p.Status.Conditions, "Ready")
			}
			if ready == nil || ready.Status != metav1.ConditionTrue || ready.ObservedGeneration != p.Generation {
				return fmt.Sprintf("the policy %s is not ready: %+v", p.Name, ready)
			}
		}
		return ""
	})
}
