package packaging

import (
	"encoding/json"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/test/harness/cluster"
)

// TestNotes says what fits the values.
func TestNotes(t *testing.T) {
	c := vanilla(t)
	kubectl(t, c, "", "create", "namespace", "openshift-network-operator")
	for _, n := range []struct{ set, want, never string }{
		{"agent.enabled=false", `Network "cluster".`, "sluice status"},
		{"agent.mode=cleanup", "Its agents remove from every node what Sluice applied.", "NOTHING"},
		{"webhook.mode=localhost", "pod-security.kubernetes.io/enforce=privileged", "restricted"},
		{"webhook.mode=localhost,platform=openshift,agent.enabled=false", "kubectl annotate namespace sluice-system --overwrite openshift.io/node-selector=", "restricted"},
		{"certificates.mode=auto", "pod-security.kubernetes.io/enforce=restricted", "cluster-monitoring"},
		{"createNamespaces=always", "sluice status", "kubectl label"},
		{"crds.keep=false", "kubectl label", "leaves the CRDs"},
	} {
		notes := release(t, c, "install", "sluice", chart(t), "--namespace=sluice-system", "--dry-run=server", "--set", n.set)
		_, notes, _ = strings.Cut(notes, "\nNOTES:\n")
		if !strings.Contains(notes, n.want) || strings.Contains(notes, n.never) {
			t.Errorf("%s: %s", n.set, notes)
		}
	}
}

// labels runs the command that the notes name, and compares with what kustomize installs.
func labels(t *testing.T, c *cluster.ControlPlane, notes string) {
	t.Helper()
	_, rest, found := strings.Cut(notes, "  kubectl label namespace sluice-system")
	if !found {
		t.Fatalf("the notes lack the labels:\n%s", notes)
	}
	command, _, _ := strings.Cut(strings.ReplaceAll(rest, "\\\n", " "), "\n")
	kubectl(t, c, "", append([]string{"label", "namespace", "sluice-system"}, strings.Fields(command)...)...)
	var got object
	if err := json.Unmarshal([]byte(kubectl(t, c, "", "get", "namespace", "sluice-system", "-o", "json")), &got.Object); err != nil {
		t.Fatal(err)
	}
	want := byName(t, rendered(t))["Namespace  sluice-system"]
	for name, value := range (&unstructured.Unstructured{Object: want}).GetLabels() {
		if got.GetLabels()[name] != value {
			t.Errorf("the label %s is %q, not %q", name, got.GetLabels()[name], value)
		}
	}
}
