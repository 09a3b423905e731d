package kustomize

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

const manifests = "../../../manifests"

// render fails the test if a folder can't be rendered, or if the objects are not those that the newest
// kubectl renders.
func render(t *testing.T, folder string) {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		t.Fatal(err)
	}
	text, err := resources.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	newest, err := exec.CommandContext(t.Context(), kubectl(), "kustomize", folder).Output()
	if err != nil {
		t.Fatal(err)
	}
	got, want := objects(t, text), objects(t, newest)
	for name, object := range want {
		if !reflect.DeepEqual(got[name], object) {
			t.Errorf("%s differs from what the newest kubectl renders:\n%v\n%v", name, got[name], object)
		}
	}
	if len(want) == 0 || len(got) != len(want) {
		t.Errorf("%d objects are rendered, %d by the newest kubectl", len(got), len(want))
	}
}

// kubectl is the newest one, as make controlplane builds it.
func kubectl() string {
	return filepath.Join(cmp.Or(os.Getenv("KUBEBUILDER_ASSETS"), "../../../bin/controlplane"), "kubectl")
}

// objects reads the documents of a stream, by kind, namespace and name.
func objects(t *testing.T, stream []byte) map[string]any {
	t.Helper()
	found := map[string]any{}
	decoder := yaml.NewDecoder(bytes.NewReader(stream))
	for {
		var object struct {
			Kind     string
			Metadata struct{ Namespace, Name string }
		}
		var node yaml.Node
		if err := decoder.Decode(&node); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		var content any
		if err := errors.Join(node.Decode(&object), node.Decode(&content)); err != nil {
			t.Fatal(err)
		}
		found[fmt.Sprintf("%s %s/%s", object.Kind, object.Metadata.Namespace, object.Metadata.Name)] = content
	}
}

// folders lists the folders with a kustomization below one of manifests/.
func folders(t *testing.T, below string) (list []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(manifests, below, "*", "kustomization.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d kustomizations below %s: %v", len(files), below, err)
	}
	for _, file := range files {
		list = append(list, filepath.Dir(file))
	}
	return list
}

func TestEachOverlayIsRendered(t *testing.T) {
	for _, folder := range folders(t, "overlays") {
		t.Run(filepath.Base(folder), func(t *testing.T) { render(t, folder) })
	}
}

// TestEachComponentIsRendered adds each component to all that it may patch.
func TestEachComponentIsRendered(t *testing.T) {
	for _, component := range folders(t, "components") {
		t.Run(filepath.Base(component), func(t *testing.T) {
			own := t.TempDir()
			from := func(folder string) string {
				absolute, err := filepath.Abs(folder)
				if err != nil {
					t.Fatal(err)
				}
				relative, err := filepath.Rel(own, absolute)
				if err != nil {
					t.Fatal(err)
				}
				return relative
			}
			text := fmt.Sprintf("resources: [%s, %s, %s]\ncomponents: [%s]\n",
				from(filepath.Join(manifests, "base")), from(filepath.Join(manifests, "agent")), from(filepath.Join(manifests, "network-operator")), from(component))
			if err := os.WriteFile(filepath.Join(own, "kustomization.yaml"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			render(t, own)
		})
	}
}
