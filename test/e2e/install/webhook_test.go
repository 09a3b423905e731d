package install

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/test/harness/cluster"
	"sluice/test/harness/testca"
)

// TestTheWebhookWorksAsInstalled runs the webhook with the arguments and the account of the
// manifests, called through their registration and Service.
func TestTheWebhookWorksAsInstalled(t *testing.T) {
	t.Run("managed", func(t *testing.T) {
		o := installed(t, "managed")
		serve(t, o, arguments(t, o, "Deployment"))
		works(t)
	})
	t.Run("openshift", func(t *testing.T) {
		o := installed(t, "openshift")
		directory := t.TempDir()
		injects(t, serviceCA(t, directory))
		serve(t, o, withDirectory(arguments(t, o, "Deployment"), directory))
		works(t)
	})
	t.Run("localhost", func(t *testing.T) {
		// The suite with the oldest Kubernetes runs at the same time, and the manifests name one port.
		release, err := cluster.Exclusive("port-9744")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := release(); err != nil {
				t.Error(err)
			}
		})
		o := installed(t, "localhost")
		// As if nobody carried what is sent to the Service.
		kubeconfig, err := shared.WebhookKubeconfigFor(t.Context(), "https://127.0.0.1:1")
		if err != nil {
			t.Fatal(err)
		}
		var log cluster.Log
		controlled(t, o, &log, "--path-lifetime=1m") // a token settles for 3 seconds
		// The API server is on this machine's network, as the pod would be.
		list := arguments(t, o, "DaemonSet")
		i := slices.Index(list, "--api-server=127.0.0.1:6443")
		if i < 0 {
			t.Fatalf("the webhook calls the API server by the Service: %s", list)
		}
		list[i] = "--api-server=" + strings.Trim(strings.TrimPrefix(shared.Config.Host, "https:"), "/") // here it has another port
		cmd := exec.CommandContext(t.Context(), program, append(list, "--kubeconfig="+kubeconfig, "--drain=0s")...)
		cmd.Env = append(os.Environ(), "POD_NAMESPACE="+cluster.SystemNamespace)
		cmd.Stderr = &log
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Wait() // ended by the context
			if t.Failed() {
				t.Logf("log of the webhook:\n%s", log.String())
			}
		})
		works(t)
		hidden(t, o)
	})
}

// hidden sees the fixed path of the overlay replaced by one with a token, also after the manifests are
// applied again. A URL can't be left out of the manifests.
func hidden(t *testing.T, o *cluster.Overlay) {
	t.Helper()
	secret := regexp.MustCompile(`^(https://127\.0\.0\.1:9744/(mutate|validate)/[a-z2-7]{52}\n){7,}$`)
	replaced := func() string {
		text := must(t, "", "get", "mutatingwebhookconfiguration,validatingwebhookconfiguration", "-o", `jsonpath={range .items[?(@.metadata.name=="sluice")].webhooks[*]}{.clientConfig.url}{"\n"}{end}`).Stdout
		if !secret.MatchString(text) {
			return "a path without a token is registered: " + text
		}
		return ""
	}
	eventually(t, replaced)
	must(t, o.Manifest, "apply", "--server-side", "--field-manager=gitops", "--force-conflicts", "-f", "-")
	eventually(t, replaced)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} // the path counts
	eventually(t, func() string {
		response, err := client.Post("https://127.0.0.1:9744/validate", "application/json", strings.NewReader("{}")) //nolint:noctx // the test's own deadline suffices
		if err != nil {
			return err.Error()
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusNotFound {
			return "the fixed path is still answered"
		}
		return ""
	})
	if err := shared.WaitRefused(t.Context(), "192.0.2.1", "sluice/missing-port"); err != nil {
		t.Error(err)
	}
}

// withDirectory replaces the directory of the certificate in arguments.
func withDirectory(arguments []string, directory string) []string {
	var list []string
	for _, a := range arguments {
		if strings.HasPrefix(a, "--cert-dir=") {
			a = "--cert-dir=" + directory
		}
		list = append(list, a)
	}
	return list
}

// controlled runs the controller of an overlay.
func controlled(t *testing.T, o *cluster.Overlay, log *cluster.Log, flags ...string) {
	t.Helper()
	arguments, err := o.Controller()
	if err != nil {
		t.Fatal(err)
	}
	controller, err := shared.StartController(t.Context(), program, append(arguments, flags...), log)
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	t.Cleanup(func() {
		if err := controller.Stop(); err != nil {
			t.Error(err)
		}
	})
}

// arguments are those of the webhook's container.
func arguments(t *testing.T, o *cluster.Overlay, kind string) []string {
	t.Helper()
	spec, err := o.PodSpec(kind, "sluice-webhook")
	if err != nil {
		t.Fatal(err)
	}
	if spec.ServiceAccountName != "sluice-webhook" {
		t.Errorf("the account is %s", spec.ServiceAccountName)
	}
	return spec.Containers[0].Args
}

// serviceCA does what OpenShift's service CA does for the annotation of the Service.
func serviceCA(t *testing.T, directory string) *testca.Authority {
	t.Helper()
	annotation := must(t, "", "-n", "sluice-system", "get", "service", "sluice-webhook", "-o", `jsonpath={.metadata.annotations.service\.beta\.openshift\.io/serving-cert-secret-name}`).Stdout
	if annotation != "sluice-webhook-tls" {
		t.Errorf("the service CA would make the Secret %q", annotation)
	}
	authority, err := testca.New("service-ca", time.Now(), time.Hour*24*400, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := authority.Issue([]string{"sluice-webhook.sluice-system.svc"}, time.Now(), 30*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"tls.crt": pair.Certificate, "tls.key": pair.Key} {
		if err := os.WriteFile(filepath.Join(directory, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return authority
}

// injects does what the service CA does for the annotations of the registration.
func injects(t *testing.T, authority *testca.Authority) {
	t.Helper()
	for _, kind := range []string{"mutatingwebhookconfiguration", "validatingwebhookconfiguration"} {
		if must(t, "", "get", kind, "sluice", "-o", `jsonpath={.metadata.annotations.service\.beta\.openshift\.io/inject-cabundle}`).Stdout != "true" {
			t.Errorf("the service CA would not write into %s", kind)
		}
		var patch []string
		for i := range strings.Fields(must(t, "", "get", kind, "sluice", "-o", "jsonpath={.webhooks[*].name}").Stdout) {
			patch = append(patch, fmt.Sprintf(`{"op":"add","path":"/webhooks/%d/clientConfig/caBundle","value":%q}`, i, base64.StdEncoding.EncodeToString(authority.Bundle())))
		}
		must(t, "", "patch", kind, "sluice", "--type=json", "-p", "["+strings.Join(patch, ",")+"]")
	}
}

// works sees the webhook do its job: it refuses, rewrites, enforces a policy and reports.
func works(t *testing.T) {
	t.Helper()
	if err := shared.WaitRefused(t.Context(), "192.0.2.1", "sluice/missing-port"); err != nil {
		t.Fatal(err)
	}
	must(t, `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: closed}, spec: {deny: [{}]}}`, "apply", "-f", "-")
	must(t, "", "wait", "--for=condition=Ready", "--timeout=60s", "fep/closed")
	must(t, "", "wait", "--for=condition=Enforced", "--timeout=60s", "fep/closed")
	patch := []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["10.0.0.1:2055 "]}}}}`}
	r, err := shared.Kubectl(t.Context(), cluster.NetAdmin, patch...)
	if err != nil || r.OK() || !strings.Contains(r.All(), "closed/deny[0]") {
		t.Errorf("%v: %s", err, r.All())
	}
	must(t, "", "delete", "fep", "closed")
	eventually(t, func() string {
		if r, err = shared.Kubectl(t.Context(), cluster.NetAdmin, patch...); err != nil || !r.OK() {
			return r.All()
		}
		return ""
	})
	if got := must(t, "", "get", "network.operator", "cluster", "-o", "jsonpath={.spec.exportNetworkFlows.netFlow.collectors[0]}").Stdout; got != "10.0.0.1:2055" {
		t.Errorf("%q is stored", got)
	}
}
