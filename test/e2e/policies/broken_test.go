package policies

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"sluice/test/harness/cluster"
)

// loosen installs the CRD without its rules, as that of another version of Sluice may be,
// until the test ends.
func loosen(t *testing.T) {
	t.Helper()
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
	spec, _ := crd["spec"].(map[string]any)
	versions, _ := spec["versions"].([]any)
	version, _ := versions[0].(map[string]any)
	version["schema"] = map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}
	loose, err := yaml.Marshal(crd)
	if err != nil {
		t.Fatal(err)
	}
	install := []string{"apply", "--server-side", "--force-conflicts", "-f", "-"}
	must(t, cluster.Admin, string(loose), install...)
	t.Cleanup(func() {
		// What is stored must agree with the rules when they are back.
		for _, command := range []cluster.Command{
			{User: cluster.Admin, Args: []string{"delete", "flowexportpolicies", "--all"}},
			{User: cluster.Admin, Stdin: string(text), Args: install},
		} {
			if _, err := shared.Must(afterwards(t), command); err != nil {
				t.Error(err)
			}
		}
		eventually(t, func() string {
			if takesAll(t) {
				return "the CRD is without its rules still"
			}
			return ""
		})
	})
	// For some seconds the API server goes on to serve old watches by the old schema, which
	// drops unknown fields.
	tries := 0
	eventually(t, func() string {
		tries++
		probe := strings.NewReplacer("team-a", "probe", "collector.example.com", fmt.Sprintf("host-%d", tries)).Replace(bad)
		must(t, cluster.Admin, probe, "apply", "--validate=false", "-f", "-")
		status := must(t, cluster.Admin, "", "get", "fep", "probe", "-o", `jsonpath={.status.conditions[?(@.type=="Ready")].status}`).Stdout
		if !takesAll(t) || status != "False" {
			return "the CRD has its rules still"
		}
		return ""
	})
	must(t, cluster.Admin, "", "delete", "fep", "probe")
}

// takesAll reports whether the CRD is without rules.
func takesAll(t *testing.T) bool {
	t.Helper()
	try := cluster.Command{User: cluster.Admin, Stdin: policyWith(`{maxCollectors: 11}`), Args: []string{"create", "--dry-run=server", "--validate=false", "-f", "-"}}
	r, err := shared.Run(afterwards(t), try)
	if err != nil {
		t.Fatal(err)
	}
	return r.OK()
}

// bad is the policy guarded for a version of Sluice that doesn't exist.
var bad = strings.Replace(guarded, "\n  allow:", "\n  allowHosts: [collector.example.com]\n  allow:", 1)

// ready waits until the condition Ready of the policy team-a says something.
func ready(t *testing.T, status, message string) {
	t.Helper()
	eventually(t, func() string {
		text := must(t, cluster.Admin, "", "get", "fep", "team-a", "-o", `jsonpath={.status.conditions[?(@.type=="Ready")].status} {.status.conditions[?(@.type=="Ready")].message}`).Stdout
		if !strings.HasPrefix(text, status+" ") || !strings.Contains(text, message) {
			return "Ready is " + text
		}
		return ""
	})
}

func TestABadPolicyNeverMeansThatEverythingIsAllowed(t *testing.T) {
	reset(t)
	loosen(t)
	apply(t, guarded)
	store(t, `{"sFlow":{"collectors":["192.0.2.6:6343"]}}`)
	put := func(manifest string) { must(t, cluster.Admin, manifest, "apply", "--validate=false", "-f", "-") }

	put(bad)
	const reason = `unknown field "spec.allowHosts"`
	ready(t, "False", "generation 2 is not in force: "+reason+"; generation 1 stays in force")
	refused(t, patch(t, mary, notAllowed), told)
	passes(t, patch(t, mary, allowed))
	passes(t, patch(t, john, notAllowed))
	passes(t, patch(t, john, `{"netFlow":null}`))

	// A webhook that starts now does not know the last readable generation.
	restart(t)
	ready(t, "False", reason+"; no collector can be added until the policy is fixed")
	for _, user := range []string{mary, john, cluster.Admin} {
		refused(t, patch(t, user, allowed), `"10.20.0.1:2055": collectors cannot be added while policy team-a is invalid (`+reason+"); ask its owner to fix it [policy team-a/fault]")
	}
	passes(t, patch(t, exempted, `{"sFlow":{"collectors":["192.0.2.6:6343","192.0.2.7:6343"]}}`))
	passes(t, patch(t, cluster.Operator, `{"sFlow":{"collectors":["192.0.2.6:6343","192.0.2.7:6343","192.0.2.8:6343"]}}`))
	passes(t, patch(t, mary, `{"sFlow":{"collectors":["192.0.2.6:6343"]}}`))
	passes(t, patch(t, mary, `null`))

	put(guarded)
	ready(t, "True", "the policy is in force")
	refused(t, patch(t, mary, notAllowed), told)
	passes(t, patch(t, mary, allowed))
	passes(t, patch(t, john, notAllowed))
}

// restart replaces the webhook by a new process, which remembers nothing.
func restart(t *testing.T) {
	t.Helper()
	if err := shared.sluice.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := shared.start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Who can't read the policies knows nothing, and lets nothing pass.
func TestNothingPassesBeforeThePoliciesAreRead(t *testing.T) {
	reset(t)
	store(t, `{"sFlow":{"collectors":["192.0.2.6:6343"]}}`)
	blind := startUnready(t)
	t.Cleanup(func() {
		if err := errors.Join(shared.Register(afterwards(t), shared.sluice), blind.Stop()); err != nil {
			t.Error(err)
		}
	})
	if err := shared.RegisterUnguarded(t.Context(), blind); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string {
		r := kubectl(t, cluster.Admin, "", "patch", "network.operator", "cluster", "--type=merge", "--dry-run=server", "-p", `{"spec":{"exportNetworkFlows":`+allowed+`}}`)
		if r.OK() {
			return "the API server asks the other webhook"
		}
		return ""
	})
	for _, user := range []string{mary, cluster.Admin, exempted} {
		refused(t, patch(t, user, allowed), `failed calling webhook "networks.mutate.sluice.dev"`)
	}
	refused(t, kubectl(t, mary, configWith("10.20.0.9:4739"), "create", "-f", "-"), `failed calling webhook "flows-config.mutate.sluice.dev"`)
	passes(t, kubectl(t, mary, "", "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"logLevel":"Debug"}}`))
	passes(t, patch(t, cluster.Operator, `{"sFlow":{"collectors":["192.0.2.7:6343"]}}`))
	// Export can be switched off even so.
	passes(t, patch(t, mary, `null`))
	stands(t, "")
}

// startUnready starts a webhook that may not read the policies, and waits until its
// readiness probe says so.
func startUnready(t *testing.T) *cluster.Sluice {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan *cluster.Sluice, 1)
	go func() {
		// It never becomes ready: that this fails is what is wanted.
		s, _ := cluster.StartSluice(ctx, shared.webhook, t.TempDir(), shared.log, "--policies=cluster", "--kubeconfig="+shared.Kubeconfig(cluster.Viewer), "--health-bind="+address)
		started <- s
	}()
	eventually(t, func() string {
		return probe(t, "http://"+address+"/readyz", http.StatusServiceUnavailable, "the policies have not been read")
	})
	if missing := probe(t, "http://"+address+"/healthz", http.StatusOK, "ok"); missing != "" {
		t.Error(missing)
	}
	cancel()
	s := <-started
	if s == nil {
		t.Fatal(shared.log)
	}
	return s
}

// probe asks a health endpoint, and says how its answer is another one.
func probe(t *testing.T, url string, code int, text string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != code || !strings.Contains(string(body), text) {
		return fmt.Sprintf("%s: %d: %s (%v)", url, response.StatusCode, body, err)
	}
	return ""
}
