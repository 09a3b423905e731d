package removal

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"k8s.io/client-go/rest"

	"sluice/test/harness/cluster"
)

const (
	network     = "/apis/operator.openshift.io/v1/networks/cluster"
	flowsConfig = "/api/v1/namespaces/openshift-network-operator/configmaps/ovs-flows-config"
	namespace   = "/api/v1/namespaces/openshift-network-operator"

	mergePatch = "application/merge-patch+json"
)

// answer is what the API server says to a request.
type answer struct {
	code int
	text string
}

// send makes a request with a user's credential.
func send(t *testing.T, user, method, path, body string) answer {
	t.Helper()
	client, err := rest.HTTPClientFor(shared.As(user))
	if err != nil {
		t.Fatal(err)
	}
	host := shared.Config.Host
	if !strings.HasPrefix(host, "http") {
		host = "https://" + host
	}
	request, err := http.NewRequestWithContext(t.Context(), method, strings.TrimSuffix(host, "/")+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		request.Header.Set("Content-Type", mergePatch)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, string(text)}
}

func kubectl(t *testing.T, user, stdin string, args ...string) cluster.Result {
	t.Helper()
	result, err := shared.Run(t.Context(), cluster.Command{User: user, Stdin: stdin, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func must(t *testing.T, user, stdin string, args ...string) string {
	t.Helper()
	result := kubectl(t, user, stdin, args...)
	if !result.OK() {
		t.Fatalf("kubectl %s: %s", strings.Join(args, " "), result.All())
	}
	return result.Stdout
}
