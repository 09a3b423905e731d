package monitoring

import (
	"errors"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
	"sluice/test/harness/node"
)

// sources are the programs whose metrics the rules and the dashboard are about, after
// everything has happened to them that makes a metric appear.
type sources struct {
	*cluster.ControlPlane
	webhook *cluster.Sluice
	node    *node.Node
	// agent is the URL of its metrics.
	agent string
}

const policies = `
apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: closed}
spec: {deny: [{destinations: [203.0.113.0/24]}]}
`

func startSources(t *testing.T) *sources {
	t.Helper()
	s := &sources{}
	var err error
	s.ControlPlane, err = cluster.StartControlPlane(t.Context(), cluster.Users())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := errors.Join(s.InstallOpenShift(t.Context()), s.InstallPolicies(t.Context())); err != nil {
		t.Fatal(err)
	}
	program, err := cluster.BuildWebhook(t.Context(), s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	// Runbooks run the command line too.
	if _, err := cluster.BuildSluice(t.Context(), s.Dir); err != nil {
		t.Fatal(err)
	}
	s.startWebhook(t, program)
	s.callTheDead(t)
	if err := s.Register(t.Context(), s.webhook); err != nil {
		t.Fatal(err)
	}
	s.must(t, policies, "apply", "-f", "-")
	s.must(t, "", "wait", "--for=condition=Ready", "--timeout=60s", "fep/closed")
	s.judge(t)
	flood(t, s.webhook.URL)
	s.startAgent(t)
	return s
}

func (s *sources) startWebhook(t *testing.T, program string) {
	t.Helper()
	kubeconfig, err := s.WebhookKubeconfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	log := &cluster.Log{}
	s.webhook, err = cluster.StartSluice(t.Context(), program, s.Dir, log, "--policies=cluster", "--kubeconfig="+kubeconfig)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	t.Cleanup(func() {
		if err := s.webhook.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log of the webhook:\n%s", log)
		}
	})
}

// callTheDead registers a webhook that nobody serves, so that an API server's call fails.
func (s *sources) callTheDead(t *testing.T) {
	t.Helper()
	dead := *s.webhook
	dead.URL = "https://" + freeAddress(t)
	if err := s.RegisterUnguarded(t.Context(), &dead); err != nil {
		t.Fatal(err)
	}
	if err := s.WaitRefused(t.Context(), "192.0.2.1", "failed calling webhook"); err != nil {
		t.Fatal(err)
	}
	s.removeUnreviewed(t)
}

// removeUnreviewed removes all collectors while the webhook is not served: the removal passes, and
// only the API server knows that nothing reviewed it.
func (s *sources) removeUnreviewed(t *testing.T) {
	t.Helper()
	store := []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["192.0.2.1:2055"]}}}}`}
	if _, err := s.Must(t.Context(), cluster.Command{User: cluster.Operator, Args: store}); err != nil {
		t.Fatal(err)
	}
	s.export(t, "null", "patched")
}

func (s *sources) must(t *testing.T, stdin string, args ...string) {
	t.Helper()
	if _, err := s.Must(t.Context(), cluster.Command{User: cluster.Admin, Stdin: stdin, Args: args}); err != nil {
		t.Fatal(err)
	}
}

// export patches the lists, which must say what is wanted in the answer; "patched" if it passes.
func (s *sources) export(t *testing.T, flows, want string) {
	t.Helper()
	args := []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":` + flows + `}}`}
	r, err := s.Kubectl(t.Context(), cluster.NetAdmin, args...)
	if err != nil || !strings.Contains(r.All(), want) {
		t.Fatalf("%s: %v, no %q in %s", flows, err, want, r.All())
	}
}

// judge has the webhook give each of its verdicts.
func (s *sources) judge(t *testing.T) {
	t.Helper()
	s.export(t, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`, "patched")
	s.export(t, `{"netFlow":{"collectors":[" 192.0.2.2:2055"]}}`, "removed")
	s.export(t, `{"netFlow":{"collectors":["192.0.2.02:2055"]}}`, "sluice/leading-zero")
	s.export(t, `{"netFlow":{"collectors":["203.0.113.1:2055"]}}`, "closed/deny[0]")
	s.export(t, `{"sFlow":{"collectors":["127.0.0.1:6343"]}}`, "Warning")
}
