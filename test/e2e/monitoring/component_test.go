package monitoring

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"sluice/test/harness/cluster"
)

// object is one manifest.
type object = unstructured.Unstructured

// repository is the folder of the repository.
func repository(t *testing.T) string {
	t.Helper()
	root, err := cluster.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// kustomize renders a folder as users do.
func kustomize(t *testing.T, folder string) []object {
	t.Helper()
	assets, err := cluster.Assets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), filepath.Join(assets, "kubectl"), "kustomize", folder)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("kubectl kustomize %s: %v\n%s", folder, err, stderr.String())
	}
	var objects []object
	for decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(out), 4096); ; {
		var o object
		err := decoder.Decode(&o.Object)
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatalf("%s: %v", folder, err)
		}
		if len(o.Object) > 0 {
			objects = append(objects, o)
		}
	}
}

// component is what the component adds to an installation.
func component(t *testing.T) []object {
	t.Helper()
	return kustomize(t, filepath.Join(repository(t), "manifests", "components", "monitoring"))
}

// find gives the one object of a kind and a name.
func find(t *testing.T, objects []object, kind, name string) object {
	t.Helper()
	for _, o := range objects {
		if o.GetKind() == kind && o.GetName() == name {
			return o
		}
	}
	t.Fatalf("no %s %s", kind, name)
	return object{}
}

// installation is an overlay with the component, as the runbooks' index tells users to write.
func installation(t *testing.T, overlay string) []object {
	t.Helper()
	folder := t.TempDir()
	real, err := filepath.EvalSymlinks(folder)
	if err != nil {
		t.Fatal(err)
	}
	// kustomize takes relative paths only.
	manifests, err := filepath.Rel(real, filepath.Join(repository(t), "manifests"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(`apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [MANIFESTS/overlays/`+overlay+`]
components: [MANIFESTS/components/monitoring]
`, "MANIFESTS", manifests)
	if err := os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return kustomize(t, folder)
}
