package staleness

import (
	"strconv"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// readyIs waits until the condition Ready of the policy has a status and a message.
func readyIs(t *testing.T, status, message string) {
	t.Helper()
	eventually(t, func() string {
		text := must(t, "", "get", "fep", "closed", "-o", `jsonpath={.status.conditions[?(@.type=="Ready")].status} {.status.conditions[?(@.type=="Ready")].message}`).Stdout
		if !strings.HasPrefix(text, status+" ") || !strings.Contains(text, message) {
			return "Ready is " + text
		}
		return ""
	})
}

// replicas counts the Leases of replicas.
func replicas(t *testing.T) string {
	t.Helper()
	return strconv.Itoa(len(strings.Fields(must(t, "", "-n", "sluice-system", "get", "leases", "-l", "sluice.dev/replica=webhook", "-o", "name").Stdout)))
}

func leases(t *testing.T, want string) {
	t.Helper()
	eventually(t, func() string {
		if got := replicas(t); got != want {
			return got + " Leases, want " + want
		}
		return ""
	})
}

const wait = "--for=condition=Ready"

// "kubectl wait" must not return while a replica judges without the policy.
func TestReadyMeansEveryReplica(t *testing.T) {
	proxy, err := shared.Proxy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	near, _ := start(t, nil, "--stale-after=6s")
	far, _ := start(t, proxy, "--stale-after=6s", "--role=serve")
	leases(t, "2")
	must(t, closed, "create", "-f", "-")
	defer must(t, "", "delete", "fep", "closed")
	must(t, "", "wait", wait, "--timeout=60s", "fep/closed")
	readyIs(t, "True", "in force in every replica")
	for _, s := range []*cluster.Sluice{near, far} {
		if got := review(t, s); got != "denied" {
			t.Errorf("a replica does not have the policy in force: %s", got)
		}
	}

	proxy.BlackHole()
	must(t, "", "patch", "fep", "closed", "--type=merge", "-p", `{"spec":{"deny":[{"destinations":["192.0.2.0/24"]}]}}`)
	readyIs(t, "False", "generation 2 is in force in 1 of 2 replicas")
	// The lost replica stops judging before it stops counting.
	must(t, "", "wait", wait, "--timeout=60s", "fep/closed")
	if got := review(t, far); !strings.HasPrefix(got, "500: ") {
		t.Errorf("the policy is Ready, and the lost replica says: %s", got)
	}
	leases(t, "1")

	if err := proxy.Restore(); err != nil {
		t.Fatal(err)
	}
	leases(t, "2")
	readyIs(t, "True", "in force in every replica")
	must(t, "", "patch", "fep", "closed", "--type=merge", "-p", `{"spec":{"deny":[{"destinations":["198.51.100.0/24"]}]}}`)
	must(t, "", "wait", wait, "--timeout=60s", "fep/closed")
	if got := review(t, far); got != "allowed" {
		t.Errorf("the replica does not have the last generation in force: %s", got)
	}
}

// A rollout replaces each replica, and must not make policies that are in force look as if they
// were not.
func TestReplicasThatEndAreForgottenAtOnce(t *testing.T) {
	start(t, nil, "--stale-after=1m")
	must(t, closed, "create", "-f", "-")
	defer must(t, "", "delete", "fep", "closed")
	must(t, "", "wait", wait, "--timeout=60s", "fep/closed")
	since := func() string {
		return must(t, "", "get", "fep", "closed", "-o", `jsonpath={.status.conditions[?(@.type=="Ready")].lastTransitionTime}{.metadata.resourceVersion}`).Stdout
	}
	before := since()
	leases(t, "1")
	kubeconfig, err := shared.WebhookKubeconfigFor(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s, err := cluster.StartSluice(t.Context(), shared.program, t.TempDir(), &cluster.Log{}, "--policies=cluster", "--kubeconfig="+kubeconfig, "--role=serve")
		if err != nil {
			t.Fatal(err)
		}
		leases(t, "2")
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		leases(t, "1")
	}
	must(t, "", "patch", "fep", "closed", "--type=merge", "-p", `{"metadata":{"labels":{"a":"b"}}}`)
	readyIs(t, "True", "in force in every replica")
	if now := since(); now[:20] != before[:20] {
		t.Errorf("Ready changed: %s, before %s", now, before)
	}
}
