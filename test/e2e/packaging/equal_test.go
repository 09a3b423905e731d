package packaging

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/test/harness/cluster"
)

// keep is the annotation of what Helm leaves when a release is uninstalled.
const keep = "helm.sh/resource-policy"

// composed is a kustomization of the repository's folders, as an overlay of a user's own.
func composed(t *testing.T, resources, components string) string {
	t.Helper()
	dir := t.TempDir()
	if err := cluster.Compose(dir, file(t, "manifests"), resources, components); err != nil {
		t.Fatal(err)
	}
	return dir
}

// withoutKeep takes the only thing away that the chart adds, where it may add it.
func withoutKeep(t *testing.T, objects []object) []object {
	t.Helper()
	for _, o := range objects {
		annotations := o.GetAnnotations()
		kept := o.GetKind() == "CustomResourceDefinition" || o.GetName() == "openshift-network-operator" && o.GetKind() == "Namespace"
		if (annotations[keep] == "keep") != kept {
			t.Errorf("%s %s: %s is %q", o.GetKind(), o.GetName(), keep, annotations[keep])
		}
		delete(annotations, keep)
		o.SetAnnotations(annotations)
		if len(annotations) == 0 {
			unstructured.RemoveNestedField(o.Object, "metadata", "annotations")
		}
	}
	return objects
}

// TestTheChartsCopies are those of the files that they stand for.
func TestTheChartsCopies(t *testing.T) {
	copies := os.DirFS(filepath.Join(chart(t), "files"))
	err := fs.WalkDir(copies, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		got, err := fs.ReadFile(copies, path)
		if err != nil {
			return err
		}
		want, err := os.ReadFile(file(t, "manifests", path))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("files/%s is out of date (%v); run: make generate", path, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTheChartIsWhatKustomizeInstalls compares object by object.
func TestTheChartIsWhatKustomizeInstalls(t *testing.T) {
	overlay := func(name string) func(*testing.T) string {
		return func(t *testing.T) string { return file(t, "manifests", "overlays", name) }
	}
	onOpenShift := func(name string) func(*testing.T) string {
		return func(t *testing.T) string { return composed(t, "@/overlays/"+name, "@/components/openshift") }
	}
	for _, c := range []struct {
		name   string
		folder func(t *testing.T) string
		values string
	}{
		{"managed", overlay("managed"), ""},
		{"managed, named", overlay("managed"), "certificates.mode=managed"},
		{"cert-manager", overlay("cert-manager"), "certificates.mode=cert-manager"},
		{"openshift", overlay("openshift"), "platform=openshift"},
		{"openshift, named", overlay("openshift"), "platform=openshift,certificates.mode=openshift"},
		{"openshift, managed", onOpenShift("managed"), "platform=openshift,certificates.mode=managed"},
		{"openshift, cert-manager", onOpenShift("cert-manager"), "platform=openshift,certificates.mode=cert-manager"},
		{"openshift, localhost", onOpenShift("localhost"), "platform=openshift,webhook.mode=localhost"},
		{"localhost", overlay("localhost"), "webhook.mode=localhost"},
		{"openshift with NetObserv", overlay("netobserv"), "platform=openshift,netobserv.enabled=true"},
		{"vanilla", overlay("vanilla"), "networkCRD.install=true"},
		{"vanilla-ipv6", overlay("vanilla-ipv6"), "networkCRD.install=true,ipFamilies={ipv4,ipv6}"},
		{"without agents", func(t *testing.T) string { return composed(t, "@/base", "@/components/certs-managed") }, "agent.enabled=false"},
		{"a single node", func(t *testing.T) string { return composed(t, "@/overlays/managed", "@/components/single-node") }, "webhook.replicas=1"},
		{"monitoring", func(t *testing.T) string { return composed(t, "@/overlays/managed", "@/components/monitoring") }, "monitoring.enabled=true"},
		{"openshift with the console", func(t *testing.T) string { return composed(t, "@/overlays/openshift", "@/components/console") }, "platform=openshift,console.enabled=true"},
		{"openshift with monitoring", func(t *testing.T) string { return composed(t, "@/overlays/openshift", "@/components/monitoring") }, "platform=openshift,monitoring.enabled=true"},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := byName(t, kustomize(t, c.folder(t)))
			got := byName(t, withoutKeep(t, rendered(t, "--set", c.values)))
			if len(want) < 20 {
				t.Fatalf("kustomize renders %d objects", len(want))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-kustomize +chart):\n%s", diff)
			}
		})
	}
}
