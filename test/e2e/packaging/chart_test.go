package packaging

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"sluice/test/harness/cluster"
)

// object is one manifest.
type object = unstructured.Unstructured

// file is the path of a file of the repository.
func file(t *testing.T, parts ...string) string {
	t.Helper()
	root, err := cluster.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(append([]string{root}, parts...)...)
}

// chart is the folder of the chart.
func chart(t *testing.T) string { return file(t, "manifests", "helm", "sluice") }

// tool is a program that "make packaging" builds.
func tool(t *testing.T, name string) string {
	t.Helper()
	program := file(t, "bin", name)
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("no %s; run \"make packaging\"", program)
	}
	return program
}

// images names the images as the overlays do; the chart has no default.
const images = "--set=webhook.image.repository=sluice-webhook,agent.image.repository=sluice-agent"

// helm runs Helm with the names of the images, where it renders the chart.
func helm(t *testing.T, kubeconfig string, args ...string) cluster.Result {
	t.Helper()
	if args[0] == "template" || args[0] == "install" || args[0] == "upgrade" {
		args = slices.Insert(slices.Clone(args), 1, images)
	}
	return bareHelm(t, kubeconfig, args...)
}

// bareHelm runs Helm, which knows no cluster but that of the kubeconfig, if there is one.
func bareHelm(t *testing.T, kubeconfig string, args ...string) cluster.Result {
	t.Helper()
	home := t.TempDir()
	command := exec.CommandContext(t.Context(), tool(t, "helm"), args...)
	command.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "HELM_CACHE_HOME="+home, "HELM_CONFIG_HOME="+home, "HELM_DATA_HOME="+home)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatalf("run helm: %v", err)
	} else if ok {
		return cluster.Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: exit.ExitCode()}
	}
	return cluster.Result{Stdout: stdout.String(), Stderr: stderr.String()}
}

// version is the Kubernetes that Helm renders for where it asks none: its own idea of it is
// set only in its releases.
const version = "--kube-version=1.37.0"

// template renders the chart without a cluster.
func template(t *testing.T, args ...string) cluster.Result {
	t.Helper()
	return helm(t, "", append([]string{"template", "sluice", chart(t), version}, args...)...)
}

// rendered is what the chart renders to.
func rendered(t *testing.T, args ...string) []object {
	t.Helper()
	r := template(t, args...)
	if !r.OK() {
		t.Fatalf("helm template %s: %s", strings.Join(args, " "), r.All())
	}
	return parse(t, r.Stdout)
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
	return parse(t, string(out))
}

// parse reads a stream of manifests.
func parse(t *testing.T, text string) []object {
	t.Helper()
	var objects []object
	for decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(text), 4096); ; {
		var o object
		err := decoder.Decode(&o.Object)
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatalf("read a manifest: %v", err)
		}
		if len(o.Object) > 0 {
			objects = append(objects, o)
		}
	}
}

// byName indexes objects by what the API server knows them by.
func byName(t *testing.T, objects []object) map[string]map[string]any {
	t.Helper()
	m := map[string]map[string]any{}
	for _, o := range objects {
		key := strings.Join([]string{o.GroupVersionKind().GroupKind().String(), o.GetNamespace(), o.GetName()}, " ")
		if m[key] != nil {
			t.Errorf("%s is there twice", key)
		}
		m[key] = o.Object
	}
	return m
}
