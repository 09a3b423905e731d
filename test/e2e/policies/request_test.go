package policies

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/rest"

	"sluice/test/harness/cluster"
)

const (
	networks    = "/apis/operator.openshift.io/v1/networks"
	flowsConfig = "/api/v1/namespaces/openshift-network-operator/configmaps/ovs-flows-config"

	mergePatch = "application/merge-patch+json"
	jsonPatch  = "application/json-patch+json"
	applyPatch = "application/apply-patch+yaml"
)

// guarded is a policy for team-a, of which mary is.
const guarded = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: team-a}
spec:
  subjects: [{kind: Group, name: team-a}]
  allow: [{destinations: [10.20.0.0/16]}]
`

// What mary may and may not add, and how she is told.
const (
	allowed    = `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`
	notAllowed = `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`
	told       = `"192.0.2.1:2055": "mary" may not send NetFlow there`
)

// answer is what the API server said to a request of no kubectl.
type answer struct {
	code int
	text string
	// warnings are sorted.
	warnings []string
}

// send makes a request with a user's credential, byte for byte as given.
func send(t *testing.T, user, method, path, contentType, body string) answer {
	t.Helper()
	config := shared.As(user)
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	host := config.Host
	if !strings.HasPrefix(host, "http") {
		host = "https://" + host
	}
	request, err := http.NewRequestWithContext(t.Context(), method, strings.TrimSuffix(host, "/")+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{code: response.StatusCode, text: string(text)}
	warnings, _ := utilnet.ParseWarningHeaders(response.Header["Warning"])
	for _, w := range warnings {
		a.warnings = append(a.warnings, w.Text)
	}
	slices.Sort(a.warnings)
	return a
}

// forbidden checks that policies, and nothing else, refused a request.
func forbidden(t *testing.T, a answer, text string) {
	t.Helper()
	if escaped := strings.ReplaceAll(text, `"`, `\"`); a.code != http.StatusForbidden || !strings.Contains(a.text, escaped) {
		t.Errorf("want 403 with %q, got %d: %s", text, a.code, a.text)
	}
}

// exported is what is stored, in JSON; empty if nothing is.
func exported(t *testing.T) string {
	t.Helper()
	var object struct {
		Spec struct {
			ExportNetworkFlows json.RawMessage `json:"exportNetworkFlows"`
		} `json:"spec"`
	}
	a := send(t, cluster.Viewer, http.MethodGet, networks+"/cluster", "", "")
	if err := json.Unmarshal([]byte(a.text), &object); err != nil || a.code != http.StatusOK {
		t.Fatalf("%d: %s (%v)", a.code, a.text, err)
	}
	return string(object.Spec.ExportNetworkFlows)
}

// stands checks that what is stored is as it was.
func stands(t *testing.T, want string) {
	t.Helper()
	if got := exported(t); got != want {
		t.Errorf("stored %q, want %q", got, want)
	}
}

// manifestWith is the Network "cluster" with these flows, if any.
func manifestWith(flows string) string {
	if flows == "" {
		return cluster.NetworkManifest()
	}
	return strings.Replace(cluster.NetworkManifest(), "spec:\n", "spec:\n  exportNetworkFlows: "+flows+"\n", 1)
}

// configWith is the ConfigMap that the operator merges into the IPFIX targets.
func configWith(target string) string {
	return `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"ovs-flows-config","namespace":"openshift-network-operator"},"data":{"sharedTarget":"` + target + `"}}`
}

// edit lets a user edit an object with kubectl, by a sed expression.
func edit(t *testing.T, user, expression string, object ...string) cluster.Result {
	t.Helper()
	dir := t.TempDir()
	editor := filepath.Join(dir, "editor")
	if err := os.WriteFile(editor, []byte("#!/bin/sh\nsed -i '"+expression+"' \"$1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	result, err := shared.Run(t.Context(), cluster.Command{
		User: user, Env: []string{"KUBE_EDITOR=" + editor, "TMPDIR=" + dir}, Args: append([]string{"edit"}, object...),
	})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// afterwards is a context for what must be put back when a test is over.
func afterwards(t *testing.T) context.Context {
	t.Helper()
	return context.WithoutCancel(t.Context())
}
