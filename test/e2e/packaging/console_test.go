package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	// The CRDs are YAML files in the folder of this package.
	_ "github.com/openshift/api/console/v1/zz_generated.crd-manifests"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/test/harness/cluster"
)

// TestTheConsoleComponent is stored by an API server with OpenShift's own CRDs. Each sample is
// accepted by the CRDs of its kind, and by "sluice check" or "sluice policy lint".
func TestTheConsoleComponent(t *testing.T) {
	c := openShift(t)
	list := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/openshift/api")
	list.Dir = file(t)
	module, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"yamlsamples", "quickstarts"} {
		path := filepath.Join(strings.TrimSpace(string(module)), "console/v1/zz_generated.crd-manifests/00_console"+name+".crd.yaml")
		kubectl(t, c, "", "apply", "--server-side", "-f", path)
		kubectl(t, c, "", "wait", "--for=condition=Established", "--timeout=60s", "crd/console"+name+".console.openshift.io")
	}
	kubectl(t, c, "", "apply", "--server-side", "-k", file(t, "manifests", "crds"))
	kubectl(t, c, "", "wait", "--for=condition=Established", "--timeout=60s", "crd/flowexportpolicies.sluice.dev", "crd/flowexportprofiles.sluice.dev")

	objects := kustomize(t, composed(t, "@/overlays/openshift", "@/components/console"))
	sluice, err := cluster.BuildSluice(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	samples := 0
	for _, o := range objects {
		if o.GroupVersionKind().Group != "console.openshift.io" {
			continue
		}
		text, err := o.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		kubectl(t, c, string(text), "apply", "--server-side", "--validate=strict", "-f", "-")
		if o.GetKind() == "ConsoleYAMLSample" {
			samples++
			t.Run(o.GetName(), func(t *testing.T) { sample(t, c, sluice, o) })
		}
	}
	if samples < 6 {
		t.Errorf("%d samples", samples)
	}
}

// sample checks the text that a user inserts.
func sample(t *testing.T, c *cluster.ControlPlane, sluice string, o object) {
	t.Helper()
	text, _, _ := unstructured.NestedString(o.Object, "spec", "yaml")
	kind, _, _ := unstructured.NestedString(o.Object, "spec", "targetResource", "kind")
	path := filepath.Join(t.TempDir(), "sample.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"check", path}
	if kind == "FlowExportPolicy" {
		args = []string{"policy", "lint", path}
	}
	check := exec.CommandContext(t.Context(), sluice, args...)
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("sluice %s: %v: %s", strings.Join(args, " "), err, out)
	}
	if kind == "Network" {
		kubectl(t, c, "", "patch", "network.operator", "cluster", "--type=merge", "--dry-run=server", "-p", text)
		return
	}
	if got := parse(t, text)[0].GetKind(); got != kind {
		t.Errorf("the sample of %s is a %s", kind, got)
	}
	kubectl(t, c, text, "create", "--validate=strict", "--dry-run=server", "-f", "-")
}
