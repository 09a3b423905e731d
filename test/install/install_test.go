package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/sluice-project/sluice/test/cluster"
)

var shared *cluster.ControlPlane

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "install:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	ctx := context.Background()
	if shared, err = cluster.StartControlPlane(ctx, cluster.Users()); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, shared.Stop()) }()
	if err := shared.InstallOpenShift(ctx); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// render is an overlay as kubectl renders it.
func render(t *testing.T, overlay string) (string, []unstructured.Unstructured) {
	t.Helper()
	root, err := cluster.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := must(t, "", "kustomize", filepath.Join(root, "manifests", "overlays", overlay))
	var objects []unstructured.Unstructured
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(r.Stdout), 4096)
	for {
		var o unstructured.Unstructured
		if err := decoder.Decode(&o.Object); err != nil {
			break
		}
		if len(o.Object) > 0 {
			objects = append(objects, o)
		}
	}
	if len(objects) < 20 {
		t.Fatalf("%s has %d objects", overlay, len(objects))
	}
	return r.Stdout, objects
}

func must(t *testing.T, stdin string, args ...string) cluster.Result {
	t.Helper()
	r, err := shared.Must(t.Context(), cluster.Command{User: cluster.Admin, Stdin: stdin, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// versions are the resource versions of objects.
func versions(t *testing.T, manifest string) string {
	t.Helper()
	return must(t, manifest, "get", "-f", "-", "-o", `jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\n"}{end}`).Stdout
}

// TestTheOpenShiftOverlay installs, installs again, works, and goes without a trace.
func TestTheOpenShiftOverlay(t *testing.T) {
	manifest, objects := render(t, "openshift")
	apply := []string{"apply", "--server-side", "--field-manager=gitops", "-f", "-"}
	first := must(t, manifest, apply...)
	if strings.Contains(first.All(), "Warning") {
		t.Errorf("the API server warns, of pod security perhaps:\n%s", first.All())
	}
	must(t, "", "wait", "--for=condition=Established", "--timeout=60s", "crd/flowexportpolicies.sluice.dev")
	before := versions(t, manifest)
	must(t, manifest, apply...)
	if after := versions(t, manifest); after != before {
		t.Errorf("applying again changes something:\n%s\n%s", before, after)
	}
	works(t, objects)

	uninstall(t, objects)
	for _, kind := range []string{"mutatingwebhookconfiguration", "validatingwebhookconfiguration", "validatingadmissionpolicy", "deployment", "service", "clusterrole", "clusterrolebinding", "crd"} {
		if left := must(t, "", "get", kind, "-A", "-l", "app.kubernetes.io/name=sluice", "-o", "name").Stdout; left != "" {
			t.Errorf("left behind: %s", left)
		}
	}
	must(t, "", "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":null}}`)
}

// uninstall deletes everything but the namespace, which would never go: there is no
// controller for it here.
func uninstall(t *testing.T, objects []unstructured.Unstructured) {
	t.Helper()
	var b strings.Builder
	for _, o := range objects {
		if o.GetKind() == "Namespace" {
			continue
		}
		text, err := sigsyaml.Marshal(o.Object)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString("---\n" + string(text))
	}
	must(t, b.String(), "delete", "--ignore-not-found", "--timeout=60s", "-f", "-")
}

// works runs the webhook with the Deployment's arguments and account. Only addresses and
// folders are those of the test.
func works(t *testing.T, objects []unstructured.Unstructured) {
	t.Helper()
	program, err := cluster.BuildSluice(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig, err := shared.WebhookKubeconfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	flags := append(arguments(t, objects), "--policies=cluster", "--kubeconfig="+kubeconfig, "--namespace=sluice-system")
	sluice, err := cluster.StartSluice(t.Context(), program, shared.Dir, &log, flags...)
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	defer func() {
		if err := sluice.Stop(); err != nil {
			t.Error(err)
		}
		if strings.Contains(log.String(), "forbidden") {
			t.Errorf("a right is missing:\n%s", log.String())
		}
	}()
	// The same registration, pointed at loopback: there is no cluster network here.
	must(t, "", "delete", "mutatingwebhookconfiguration/sluice", "validatingwebhookconfiguration/sluice")
	if err := shared.Register(t.Context(), sluice); err != nil {
		t.Fatal(err)
	}
	must(t, `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: closed}, spec: {deny: [{}]}}`, "apply", "-f", "-")
	must(t, "", "wait", "--for=condition=Ready", "--timeout=30s", "fep/closed")
	r, err := shared.Kubectl(t.Context(), cluster.NetAdmin, "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["10.0.0.1:2055"]}}}}`)
	if err != nil || r.OK() || !strings.Contains(r.All(), "closed/deny[0]") {
		t.Errorf("%v: %s", err, r.All())
	}
	must(t, "", "delete", "fep", "closed")
}

// arguments are those of the webhook's container but for addresses and folders, which the
// test has its own of.
func arguments(t *testing.T, objects []unstructured.Unstructured) []string {
	t.Helper()
	for _, o := range objects {
		if o.GetKind() != "Deployment" || o.GetName() != "sluice-webhook" {
			continue
		}
		var d appsv1.Deployment
		text, err := o.MarshalJSON()
		if err == nil {
			err = sigsyaml.UnmarshalStrict(text, &d)
		}
		if err != nil {
			t.Fatal(err)
		}
		var flags []string
		for _, a := range d.Spec.Template.Spec.Containers[0].Args[1:] {
			name, _, _ := strings.Cut(a, "=")
			switch name {
			case "--cert-dir", "--bind", "--health-bind", "--metrics-bind":
			default:
				flags = append(flags, a)
			}
		}
		if account := d.Spec.Template.Spec.ServiceAccountName; account != "sluice-webhook" {
			t.Errorf("the account is %s", account)
		}
		return flags
	}
	t.Fatal("no Deployment of the webhook")
	return nil
}

// TestTheCertManagerOverlay differs only in where the certificate comes from.
func TestTheCertManagerOverlay(t *testing.T) {
	_, objects := render(t, "cert-manager")
	found := map[string]int{}
	for _, o := range objects {
		found[o.GetKind()]++
		if strings.HasSuffix(o.GetKind(), "WebhookConfiguration") && o.GetAnnotations()["cert-manager.io/inject-ca-from"] != "sluice-system/sluice-webhook" {
			t.Errorf("%s %s gets no CA", o.GetKind(), o.GetName())
		}
	}
	if found["Certificate"] != 2 || found["Issuer"] != 2 || found["Deployment"] != 1 || found["MutatingWebhookConfiguration"] != 1 {
		t.Errorf("objects: %v", found)
	}
}
