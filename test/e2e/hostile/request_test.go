package hostile

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
)

const (
	network     = "/apis/operator.openshift.io/v1/networks/cluster"
	flowsConfig = "/api/v1/namespaces/openshift-network-operator/configmaps/ovs-flows-config"
	mergePatch  = "application/merge-patch+json"
)

// answer is the API server's.
type answer struct {
	code int
	text string
}

// request is one of a user to the API server.
type request struct{ user, method, path, body string }

// send makes a request. An error means that the API server did not answer.
func (r request) send(t *testing.T) answer {
	config := shared.As(r.user)
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Error(err)
		return answer{}
	}
	host := config.Host
	if !strings.HasPrefix(host, "http") {
		host = "https://" + host
	}
	out, err := http.NewRequestWithContext(t.Context(), r.method, strings.TrimSuffix(host, "/")+r.path, strings.NewReader(r.body))
	if err != nil {
		t.Error(err)
		return answer{}
	}
	contentType := "application/json"
	if r.method == http.MethodPatch {
		contentType = mergePatch
	}
	out.Header.Set("Content-Type", contentType)
	response, err := client.Do(out)
	if err != nil {
		t.Error(err)
		return answer{}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return answer{response.StatusCode, string(text)}
}

// patch is a merge patch of the Network or the ConfigMap.
func patch(user, path, body string) request {
	return request{user, http.MethodPatch, path, body}
}

// refused are the changes that no attack may make possible, and what refuses them.
func refused() map[string]struct {
	request
	policy string
} {
	type change = struct {
		request
		policy string
	}
	return map[string]change{
		"removal of the lists":              {patch(mary, network, `{"spec":{"exportNetworkFlows":null}}`), "siem/required"},
		"deletion of the Network":           {request{mary, http.MethodDelete, network, ""}, "siem/required"},
		"deletion of the ConfigMap":         {request{mary, http.MethodDelete, flowsConfig, ""}, "team-a/removal"},
		"another collector":                 {patch(mary, network, `{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["192.0.2.1:2055"]}}}}`), "team-a/allow"},
		"a collector of a user with groups": {patch(eve, network, `{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["10.20.0.1:2055"]}}}}`), "contractors/deny"},
	}
}

// checkGuard checks that policies refuse what they refuse, and that the webhook lets pass what they allow.
func checkGuard(t *testing.T, when string) {
	t.Helper()
	for name, c := range refused() {
		if a := c.send(t); a.code != http.StatusForbidden || !strings.Contains(a.text, c.policy) {
			t.Errorf("%s: %s: HTTP %d %.600s", when, name, a.code, a.text)
		}
	}
	allowed := patch(mary, network+"?dryRun=All", `{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["10.20.0.1:2055"]}}}}`)
	if a := allowed.send(t); a.code != http.StatusOK {
		t.Errorf("%s: an allowed change: HTTP %d %.600s", when, a.code, a.text)
	}
}

// checkStored checks that nothing was stored.
func checkStored(t *testing.T) {
	t.Helper()
	a := request{mary, http.MethodGet, network, ""}.send(t)
	if !strings.Contains(a.text, `"exportNetworkFlows":`+stored) {
		t.Errorf("the lists have changed: %.2000s", a.text)
	}
	if a := (request{mary, http.MethodGet, flowsConfig, ""}).send(t); !strings.Contains(a.text, fmt.Sprintf(`"sharedTarget":%q`, storedTarget)) {
		t.Errorf("the ConfigMap has changed: HTTP %d %.500s", a.code, a.text)
	}
}
