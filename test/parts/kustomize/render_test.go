package kustomize

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

const manifests = "../../../manifests"

// render fails the test if a folder can't be rendered.
func render(t *testing.T, folder string) {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		t.Fatal(err)
	}
	if resources.Size() == 0 {
		t.Error("nothing is rendered")
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
