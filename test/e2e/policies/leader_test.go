package policies

import (
	"net/http"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// TestOneReplicaAuditsAndAnotherTakesOver runs a second replica, which answers reviews but
// leaves the audit to the first, until that one ends.
func TestOneReplicaAuditsAndAnotherTakesOver(t *testing.T) {
	reset(t)
	second, err := cluster.StartSluice(t.Context(), shared.webhook, t.TempDir(), shared.log, "--policies=cluster", "--kubeconfig="+shared.kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := second.Stop(); err != nil {
			t.Error(err)
		}
	}()
	store(t, `{"netFlow":{"collectors":["203.0.113.9:2055"]}}`)
	apply(t, stayInside)
	const violations = `sluice_policy_violations{policy="stay-inside"} `
	holds := func(url, text string) func() string {
		return func() string { return probe(t, url, http.StatusOK, text) }
	}
	eventually(t, holds(shared.sluice.Metrics, violations+"1"))
	if missing := probe(t, second.Metrics, http.StatusOK, violations); missing == "" {
		t.Error("both replicas count violations")
	}

	if err := shared.sluice.Stop(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := shared.start(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	eventually(t, holds(second.Metrics, violations+"1"))
	since := must(t, cluster.Admin, "", "get", "fep", "stay-inside", "-o", "jsonpath={.status.violations[0].since}").Stdout
	store(t, `{"netFlow":{"collectors":["203.0.113.9:2055","203.0.113.10:2055"]}}`)
	eventually(t, func() string {
		text := must(t, cluster.Admin, "", "get", "fep", "stay-inside", "-o", "jsonpath={.status.violationCount} {.status.violations[0].since}").Stdout
		if text == "2 "+since {
			return ""
		}
		return "the other replica does not audit, or forgot since when: " + strings.TrimSpace(text) + ", was " + since
	})
}
