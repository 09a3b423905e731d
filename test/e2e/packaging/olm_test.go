package packaging

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"sluice/test/harness/cluster"
)

// TestTheImageOfTheBundle has the labels that metadata/annotations.yaml has.
func TestTheImageOfTheBundle(t *testing.T) {
	read := func(name ...string) string {
		text, err := os.ReadFile(file(t, append([]string{"manifests", "olm"}, name...)...))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	var metadata struct {
		Annotations map[string]string `json:"annotations"`
	}
	if err := yaml.UnmarshalStrict([]byte(read("metadata", "annotations.yaml")), &metadata); err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{}
	for line := range strings.Lines(read("bundle.Dockerfile")) {
		if label, ok := strings.CutPrefix(strings.TrimSpace(line), "LABEL "); ok {
			name, value, _ := strings.Cut(label, "=")
			labels[name] = value
		}
	}
	if diff := cmp.Diff(metadata.Annotations, labels); diff != "" {
		t.Errorf("(-annotations.yaml +bundle.Dockerfile):\n%s", diff)
	}
}

// bundled writes a bundle of what an overlay renders to, into a folder.
func bundled(t *testing.T, overlay string, flags ...string) string {
	t.Helper()
	var input bytes.Buffer
	for _, o := range kustomize(t, overlay) {
		text, err := yaml.Marshal(o.Object)
		if err != nil {
			t.Fatal(err)
		}
		input.WriteString("---\n" + string(text))
	}
	out := t.TempDir()
	command := exec.CommandContext(t.Context(), "go", append([]string{"run", "./hack/bundle", "-o", out}, flags...)...)
	command.Dir, command.Stdin = file(t), &input
	if text, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return out
}

// TestABundleOfARelease is written with other images, and with nothing else, whether flags
// or an overlay name them.
func TestABundleOfARelease(t *testing.T) {
	openshift := file(t, "manifests", "overlays", "openshift")
	released(t, bundled(t, openshift, "-version=1.2.3", "-image=r/s:v1", "-agent-image=r/a:v1"))

	own := composed(t, "@/overlays/openshift", "")
	path := filepath.Join(own, "kustomization.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	images := "images: [{name: sluice-webhook, newName: r/s, newTag: v1}, {name: sluice-agent, newName: r/a, newTag: v1}]\n"
	if err := os.WriteFile(path, append(text, images...), 0o600); err != nil {
		t.Fatal(err)
	}
	released(t, bundled(t, own, "-version=1.2.3"))
}

// released compares a bundle of a release with the one that is kept.
func released(t *testing.T, out string) {
	t.Helper()
	replace := strings.NewReplacer("image: r/s:v1", "image: sluice-webhook", "containerImage: r/s:v1", "containerImage: sluice-webhook", "image: r/a:v1", "image: sluice-agent", "sluice.v1.2.3", "sluice.v0.1.0", "version: 1.2.3", "version: 0.1.0", "skipRange: <1.2.3", "skipRange: <0.1.0")
	for _, name := range []string{"manifests/" + serviceVersion, "manifests/sluice-controller.role.yaml", "cluster/objects.yaml"} {
		written, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		committed, err := os.ReadFile(file(t, "manifests", "olm", name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, serviceVersion) && strings.Count(string(written), "r/s:v1") != 4 {
			t.Errorf("the image stands %d times in %s", strings.Count(string(written), "r/s:v1"), name)
		}
		if diff := cmp.Diff(string(committed), replace.Replace(string(written))); diff != "" {
			t.Errorf("%s (-committed +written): run \"make generate\":\n%s", name, diff)
		}
	}
}

// TestOLMsValidator finds nothing but what is meant so.
func TestOLMsValidator(t *testing.T) {
	verify := func(folder string) []string {
		command := exec.CommandContext(t.Context(), tool(t, "operator-verify"), "manifests", "--object_validate", "--operatorhub_validate", folder)
		text, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		found := map[string]bool{}
		for line := range strings.Lines(string(text)) {
			_, finding, _ := strings.Cut(strings.TrimSpace(line), " level=")
			found[finding] = true
		}
		return slices.Sorted(maps.Keys(found))
	}
	want := []string{
		`warning msg="Warning: Value : (sluice.v0.1.0) csv.Spec.Icon not specified"`,
		`warning msg="Warning: Value : The \"operatorhub\" validator is deprecated; for equivalent validation use \"operatorhub/v2\", \"standardcapabilities\" and \"standardcategories\" validators"`,
		// Agents write these, nobody else.
		`warning msg="Warning: Value sluice.dev/v1alpha1, Kind=NodeFlowExport: provided API should have an example annotation"`,
	}
	if diff := cmp.Diff(want, verify(file(t, "manifests", "olm"))); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	broken := t.TempDir()
	if err := os.CopyFS(broken, os.DirFS(file(t, "manifests", "olm"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(broken, "manifests", "nodeflowexports.sluice.dev.customresourcedefinition.yaml")); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(verify(broken), "\n"); !strings.Contains(got, "error msg=") || !strings.Contains(got, "owned CRD") {
		t.Errorf("a bundle without a CRD: %s", got)
	}
}

// TestWhatTheAdministratorApplies is taken in one go, and the examples are good.
func TestWhatTheAdministratorApplies(t *testing.T) {
	c := openShift(t)
	kubectl(t, c, "", "apply", "--server-side", "-k", file(t, "manifests", "olm", "cluster"))
	registered(t, c)
	csv, others := load(t, file(t, "manifests", "olm"))
	for _, o := range append(installed(t, csv), others...) {
		text, err := o.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		kubectl(t, c, string(text), "apply", "--server-side", "--namespace=sluice-system", "-f", "-")
	}
	kubectl(t, c, "", "wait", "--for=condition=Established", "--timeout=60s", "crd/flowexportpolicies.sluice.dev", "crd/flowexportprofiles.sluice.dev")
	// No replica runs here, and one is asked about profiles.
	kubectl(t, c, "", "delete", "mutatingwebhookconfiguration/sluice", "validatingwebhookconfiguration/sluice")
	var examples []map[string]any
	if err := json.Unmarshal([]byte(csv.GetAnnotations()["alm-examples"]), &examples); err != nil {
		t.Fatal(err)
	}
	for _, example := range examples {
		text, err := json.Marshal(example)
		if err != nil {
			t.Fatal(err)
		}
		if example["kind"] == "FlowExportProfile" {
			// Changes of profiles are reviewed, and no webhook runs here. The schema comes before that.
			r, err := c.Run(t.Context(), cluster.Command{User: cluster.Admin, Stdin: string(text), Args: []string{"create", "-f", "-"}})
			// The API server may not have read the registration yet.
			if err != nil || !r.OK() && !strings.Contains(r.All(), `failed calling webhook "profiles.validate.sluice.dev"`) {
				t.Errorf("the example is not good: %v %s", err, r.All())
			}
			continue
		}
		kubectl(t, c, string(text), "create", "-f", "-")
	}
}
