package runbooks

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"sluice/test/harness/cluster"
)

const guarded = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: team-a}
spec:
  subjects: [{kind: Group, name: team-a}]
  allow: [{destinations: [10.20.0.0/16]}]
`

const webhookLogs = "kubectl -n sluice-system logs -l app.kubernetes.io/component=webhook --since=30m --tail=500"

// TestPagesAboutPolicies needs no nodes: denied, rejected and violating lists, a policy that can't be read, and at the end a
// webhook that has lost its API server.
func TestPagesAboutPolicies(t *testing.T) {
	proxy, err := shared.Proxy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig, err := shared.WebhookKubeconfigFor(t.Context(), proxy.Address)
	if err != nil {
		t.Fatal(err)
	}
	log := &cluster.Log{}
	webhook, err := cluster.StartSluice(t.Context(), webhookProgram, t.TempDir(), log, "--policies=cluster", "--kubeconfig="+kubeconfig, "--stale-after=6s")
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	t.Cleanup(func() {
		if err := webhook.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log of the webhook:\n%s", log)
		}
	})
	if err := shared.Register(t.Context(), webhook); err != nil {
		t.Fatal(err)
	}
	must(t, shared, guarded, "apply", "-f", "-")
	must(t, shared, "", "wait", "--for=condition=Ready", "--timeout=60s", "fep/team-a")
	t.Run("denied", denied)
	t.Run("rejected", func(t *testing.T) {
		patch(t, mary, `{"netFlow":{"collectors":["10.20.0.01:2055"]}}`)
		shows(t, "SluiceRejections", webhookLogs, line(t, log.String, "change rejected", "leading-zero", `"mary"`))
	})
	t.Run("violated", violated)
	t.Run("registration", func(t *testing.T) {
		shows(t, "SluiceWebhookFailsOpen", doctor, finding(t, shared, "changes without a review"))
		must(t, shared, "", "patch", "validatingwebhookconfiguration", "sluice", "--type=json", "-p", `[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Ignore"}]`)
		shows(t, "SluiceRegistrationChanged", doctor, finding(t, shared, "failurePolicy differs"))
		if err := shared.Register(t.Context(), webhook); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("unreadable", unreadable)
	t.Run("lost", func(t *testing.T) {
		must(t, shared, "{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: valid}, spec: {deny: [{destinations: [203.0.113.0/24]}]}}", "apply", "-f", "-")
		must(t, shared, "", "wait", "--for=condition=Ready", "--timeout=30s", "fep/valid")
		proxy.Cut()
		const logs = "kubectl -n sluice-system logs -l app.kubernetes.io/name=sluice --since=30m --tail=500"
		shows(t, "SluiceWatchSilent", logs, line(t, log.String, "policies are stale"))
		if r := patch(t, mary, `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`); r.OK() {
			t.Fatal(r.All())
		}
		shows(t, "SluiceWebhookFailing", webhookLogs, line(t, log.String, "not reviewed", "no-policies"))
		shows(t, "SluiceWatchSilent", doctor, finding(t, shared, "no replica has reported which policies"))
		if err := webhook.Stop(); err != nil {
			t.Fatal(err)
		}
		shows(t, "SluiceWebhookCallsFail", doctor, finding(t, shared, "connection refused"))
	})
}

func denied(t *testing.T) {
	const command = "kubectl -n default get events --field-selector=involvedObject.kind=FlowExportPolicy"
	if r := patch(t, mary, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`); r.OK() {
		t.Fatal(r.All())
	}
	output := ""
	eventually(t, func() string {
		if output = run(t, shared, command); !strings.Contains(output, "Denied") {
			return output
		}
		return ""
	})
	shows(t, "SluicePolicyDenials", command, output)
}

// violated stores a list as the Cluster Network Operator would.
func violated(t *testing.T) {
	must(t, shared, "{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: closed}, spec: {deny: [{destinations: [203.0.113.0/24]}]}}", "apply", "-f", "-")
	if r := patch(t, cluster.Operator, `{"netFlow":{"collectors":["203.0.113.9:2055"]}}`); !r.OK() {
		t.Fatal(r.All())
	}
	const command = "kubectl get fep POLICY -o yaml"
	output, begin := "", -1
	eventually(t, func() string {
		output = run(t, shared, strings.Replace(command, "POLICY", "closed", 1))
		if begin = strings.Index(output, "  violations:\n"); begin < 0 {
			return output
		}
		return ""
	})
	shows(t, "SluicePolicyViolations", command, output[begin:])
	if r := patch(t, cluster.Operator, `null`); !r.OK() {
		t.Fatal(r.All())
	}
	must(t, shared, "", "delete", "fep", "closed")
}

// unreadable stores a policy of a later version.
func unreadable(t *testing.T) {
	root, err := cluster.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "manifests", "crds", "sluice.dev_flowexportpolicies.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var crd map[string]any
	if err := yaml.Unmarshal(text, &crd); err != nil {
		t.Fatal(err)
	}
	version := crd["spec"].(map[string]any)["versions"].([]any)[0].(map[string]any) //nolint:forcetypeassert // a CRD has them
	version["schema"] = map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}
	loose, err := yaml.Marshal(crd)
	if err != nil {
		t.Fatal(err)
	}
	must(t, shared, string(loose), "apply", "--server-side", "--force-conflicts", "-f", "-")
	const command = "kubectl describe fep POLICY"
	output := ""
	eventually(t, func() string {
		must(t, shared, strings.Replace(guarded, "\n  allow:", "\n  allowHosts: [collector.example.com]\n  allow:", 1), "apply", "--validate=false", "-f", "-")
		output = run(t, shared, strings.Replace(command, "POLICY", "team-a", 1))
		const ready = `jsonpath={range .status.conditions[?(@.type=="Ready")]}{.status} {.observedGeneration}{end}`
		if strings.Contains(output, "generation 2 stays in force") || run(t, shared, "kubectl get fep team-a -o '"+ready+"'") == "True 2" {
			// The API server still pruned it for the watch of the webhook, by the former schema.
			must(t, shared, "", "delete", "fep", "team-a")
			must(t, shared, guarded, "apply", "-f", "-")
			must(t, shared, "", "wait", "--for=condition=Ready", "--timeout=60s", "fep", "team-a")
		}
		if !strings.Contains(output, "allowHosts") || !strings.Contains(output, "generation 1") {
			return output
		}
		return ""
	})
	const last = "Type:                  Ready\n"
	begin, end := strings.Index(output, "Status:\n  Conditions:\n"), strings.Index(output, last)
	if begin < 0 || end < begin {
		t.Fatal(output)
	}
	shows(t, "SluicePolicyNotInForce", command, output[begin:end+len(last)])
}
