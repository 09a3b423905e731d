package packaging

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const serviceVersion = "sluice.clusterserviceversion.yaml"

// load reads the manifests of a bundle, and the ClusterServiceVersion apart from them.
func load(t *testing.T, folder string) (csv object, others []object) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(folder, "manifests"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(folder, "manifests", entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		objects := parse(t, string(text))
		if len(objects) != 1 {
			t.Fatalf("%s has %d objects; OLM reads one", entry.Name(), len(objects))
		}
		if entry.Name() == serviceVersion {
			csv = objects[0]
		} else {
			others = append(others, objects[0])
		}
	}
	return csv, others
}

// installed is what OLM creates for a ClusterServiceVersion in sluice-system: the Deployments,
// their accounts, and the accounts' rights.
func installed(t *testing.T, csv object) []object {
	t.Helper()
	deployments, _, _ := unstructured.NestedSlice(csv.Object, "spec", "install", "spec", "deployments")
	permissions, _, _ := unstructured.NestedSlice(csv.Object, "spec", "install", "spec", "clusterPermissions")
	if len(deployments) != 2 || len(permissions) != 2 {
		t.Fatalf("%d Deployments, %d accounts", len(deployments), len(permissions))
	}
	var list []object
	for i, component := range []string{"controller", "webhook"} {
		list = append(list, process(t, component, deployments[i].(map[string]any), permissions[i].(map[string]any))...)
	}
	return list
}

// process is what OLM creates for one Deployment.
func process(t *testing.T, component string, deployment, permission map[string]any) []object {
	t.Helper()
	labels := map[string]any{"app.kubernetes.io/name": "sluice", "app.kubernetes.io/component": component}
	in := func(name string) map[string]any {
		return map[string]any{"name": name, "namespace": "sluice-system", "labels": labels}
	}
	account := permission["serviceAccountName"].(string)
	if diff := cmp.Diff(labels, deployment["label"]); diff != "" {
		t.Errorf("labels of the Deployment: %s", diff)
	}
	cluster := map[string]any{"name": account, "labels": labels}
	return []object{
		{Object: map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": in(deployment["name"].(string)), "spec": deployment["spec"]}},
		{Object: map[string]any{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": in(account)}},
		{Object: map[string]any{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": cluster, "rules": permission["rules"]}},
		{Object: map[string]any{
			"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": cluster,
			"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": account},
			"subjects": []any{map[string]any{"kind": "ServiceAccount", "name": account, "namespace": "sluice-system"}},
		}},
	}
}

// TestTheBundleIsWhatKustomizeInstalls: what OLM makes of it and what the administrator
// applies are together the overlay openshift, not more rights and not fewer.
func TestTheBundleIsWhatKustomizeInstalls(t *testing.T) {
	csv, others := load(t, file(t, "manifests", "olm"))
	// By kind, whether OLM puts it into its namespace. It takes these in every version in use.
	known := map[string]bool{"CustomResourceDefinition": false, "ClusterRole": false, "PodDisruptionBudget": true, "Role": true, "RoleBinding": true, "Service": true}
	for _, o := range others {
		namespaced, ok := known[o.GetKind()]
		if !ok || o.GetNamespace() != "" {
			t.Errorf("OLM takes no %s %s in the namespace %q", o.GetKind(), o.GetName(), o.GetNamespace())
		}
		if namespaced {
			o.SetNamespace("sluice-system")
		}
	}
	all := append(installed(t, csv), others...)
	all = append(all, kustomize(t, file(t, "manifests", "olm", "cluster"))...)
	want := byName(t, kustomize(t, file(t, "manifests", "overlays", "openshift")))
	if diff := cmp.Diff(want, byName(t, all)); diff != "" {
		t.Errorf("(-overlay +OLM and administrator):\n%s", diff)
	}
}

// TestTheServiceVersion has nothing that OLM would make more, or something else, of.
func TestTheServiceVersion(t *testing.T) {
	csv, _ := load(t, file(t, "manifests", "olm"))
	if at(t, csv.Object, "spec/install/spec/permissions") != "absent" {
		t.Error("permissions: OLM grants them in all namespaces with the install mode AllNamespaces")
	}
	if at(t, csv.Object, "spec/webhookdefinitions") != "absent" {
		t.Error("webhookdefinitions: they know no matchConditions")
	}
	if got := at(t, csv.Object, "spec/installModes"); got != `[{"supported":false,"type":"OwnNamespace"},{"supported":false,"type":"SingleNamespace"},{"supported":false,"type":"MultiNamespace"},{"supported":true,"type":"AllNamespaces"}]` {
		t.Errorf("installModes: %s", got)
	}
	var suggested object
	if err := json.Unmarshal([]byte(csv.GetAnnotations()["operatorframework.io/suggested-namespace-template"]), &suggested.Object); err != nil {
		t.Fatal(err)
	}
	want := byName(t, kustomize(t, file(t, "manifests", "overlays", "openshift")))["Namespace  sluice-system"]
	if diff := cmp.Diff(want, suggested.Object); diff != "" {
		t.Errorf("the suggested namespace: %s", diff)
	}
}
