package packaging

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/test/harness/cluster"
)

// older is the chart with a CRD that lacks a column, as of an older release.
func older(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "sluice")
	if err := os.CopyFS(dir, os.DirFS(chart(t))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "files", "crds", "sluice.dev_flowexportpolicies.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	crd := parse(t, string(text))[0]
	versions, _, _ := unstructured.NestedSlice(crd.Object, "spec", "versions")
	unstructured.RemoveNestedField(versions[0].(map[string]any), "additionalPrinterColumns")
	crd.Object["spec"].(map[string]any)["versions"] = versions
	changed, err := crd.MarshalJSON() // which is YAML as well
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestARelease is installed, upgraded, uninstalled and installed again, kept where the
// README says.
func TestARelease(t *testing.T) {
	c := openShift(t)
	notes := release(t, c, "install", "sluice", older(t), "--namespace=sluice-system", "--create-namespace")
	for _, want := range []string{"kubectl sluice doctor", "kubectl sluice status", `webhook.image.repository is "sluice-webhook"`, `agent.image.repository is "sluice-agent"`} {
		if !strings.Contains(notes, want) {
			t.Errorf("the notes lack %q:\n%s", want, notes)
		}
	}
	labels(t, c, notes)
	if columns := kubectl(t, c, "", "get", "crd/flowexportpolicies.sluice.dev", "-o", "jsonpath={.spec.versions[0].additionalPrinterColumns}"); columns != "" {
		t.Fatalf("columns: %s", columns)
	}
	kubectl(t, c, "", "wait", "--for=condition=Established", "--timeout=60s", "crd/flowexportpolicies.sluice.dev")
	kubectl(t, c, `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: closed}, spec: {deny: [{}]}}`, "apply", "-f", "-")
	// As the webhook itself, or cert-manager, does.
	kubectl(t, c, "", "patch", "validatingwebhookconfiguration", "sluice", "--type=json", "-p", `[{"op":"add","path":"/webhooks/2/clientConfig/caBundle","value":"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCi0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K"},{"op":"add","path":"/webhooks/2/clientConfig/service/path","value":"/validate/token"}]`)

	release(t, c, "upgrade", "sluice", chart(t), "--namespace=sluice-system", "--set=webhook.logLevel=debug,webhook.replicas=3")
	if got := kubectl(t, c, "", "-n", "sluice-system", "get", "deployment/sluice-webhook", "-o", "jsonpath={.spec.replicas} {.spec.template.spec.containers[0].args}"); got != `3 ["--role=serve","--bind=:9443","--health-bind=:8081","--metrics-bind=:8080","--path-secret=sluice-webhook-path","--log-level=debug"]` {
		t.Errorf("after the upgrade: %s", got)
	}
	if columns := kubectl(t, c, "", "get", "crd/flowexportpolicies.sluice.dev", "-o", "jsonpath={.spec.versions[0].additionalPrinterColumns[*].name}"); columns == "" {
		t.Error("the upgrade left the CRD as it was")
	}
	if trusted := kubectl(t, c, "", "get", "validatingwebhookconfiguration/sluice", "-o", "jsonpath={.webhooks[2].clientConfig.caBundle}{.webhooks[2].clientConfig.service.path}"); !strings.HasSuffix(trusted, "/validate/token") || strings.HasPrefix(trusted, "/") {
		t.Errorf("the upgrade took the caBundle or the path away: %s", trusted)
	}
	registered(t, c)

	release(t, c, "uninstall", "sluice", "--namespace=sluice-system")
	if got := left(t, c); !slices.Equal(got, []string{
		"customresourcedefinition.apiextensions.k8s.io/flowexportpolicies.sluice.dev",
		"customresourcedefinition.apiextensions.k8s.io/flowexportprofiles.sluice.dev",
		"customresourcedefinition.apiextensions.k8s.io/flowexports.sluice.dev",
		"customresourcedefinition.apiextensions.k8s.io/nodeflowexports.sluice.dev",
	}) {
		t.Errorf("left behind: %v", got)
	}
	kubectl(t, c, "", "get", "flowexportpolicy", "closed")
	// There is no controller here that would let go of the agents' namespace.
	release(t, c, "install", "sluice", chart(t), "--namespace=sluice-system", "--set=agent.enabled=false")
	registered(t, c)
}

// TestAReleaseKeptElsewhere makes both namespaces itself, or takes over what kustomize
// installed.
func TestAReleaseKeptElsewhere(t *testing.T) {
	c := openShift(t)
	kubectl(t, c, "", "apply", "--server-side", "-k", file(t, "manifests", "overlays", "openshift"))
	first := helm(t, c.Kubeconfig(cluster.Admin), "install", "sluice", chart(t), "--namespace=default", "--set=platform=openshift")
	if first.OK() || !strings.Contains(first.Stderr, "cannot be imported into the current release") {
		t.Errorf("over an installation by kustomize: %s", first.All())
	}
	notes := release(t, c, "install", "sluice", chart(t), "--namespace=default", "--take-ownership", "--set=platform=openshift,webhook.image.repository=r/s,agent.mode=observe,agent.image.repository=r/a")
	if strings.Contains(notes, "kubectl label") || strings.Contains(notes, "NOTE:") || !strings.Contains(notes, "report on every node and change nothing") {
		t.Errorf("the notes: %s", notes)
	}
	registered(t, c)
	second := helm(t, c.Kubeconfig(cluster.Admin), "install", "other", chart(t), "--namespace=default")
	if second.OK() || !strings.Contains(second.Stderr, "cannot be imported into the current release") {
		t.Errorf("a second installation: %s", second.All())
	}
	release(t, c, "uninstall", "sluice", "--namespace=default")
	for _, namespace := range []string{"sluice-system", "sluice-agent"} {
		if going := kubectl(t, c, "", "get", "namespace", namespace, "--ignore-not-found", "-o", "jsonpath={.status.phase}"); going != "" && going != "Terminating" {
			t.Errorf("the namespace %s is %s", namespace, going)
		}
	}
}

// TestAReleaseWithoutOpenShift brings the Network CRD, and leaves it with what is stored.
func TestAReleaseWithoutOpenShift(t *testing.T) {
	c := vanilla(t)
	release(t, c, "install", "sluice", chart(t), "--namespace=default", "--set=networkCRD.install=true,ipFamilies={ipv4,ipv6}")
	registered(t, c)
	kubectl(t, c, "", "wait", "--for=condition=Established", "--timeout=60s", "crd/networks.operator.openshift.io")
	kubectl(t, c, cluster.NetworkManifest(), "apply", "--server-side", "-f", "-")
	release(t, c, "uninstall", "sluice", "--namespace=default")
	got := left(t, c)
	if !slices.Contains(got, "customresourcedefinition.apiextensions.k8s.io/networks.operator.openshift.io") || !slices.Contains(got, "namespace.v1/openshift-network-operator") || len(got) != 6 {
		t.Errorf("left behind: %v", got)
	}
	// Without Sluice the CRD itself says what may be stored.
	list := `{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["[2001:db8::1]:2055"]}}}}`
	kubectl(t, c, "", "patch", "network.operator", "cluster", "--type=merge", "-p", list)
}
