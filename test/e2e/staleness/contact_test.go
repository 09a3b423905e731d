package staleness

import (
	"net/http"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

const closed = `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: closed}, spec: {deny: [{}]}}`

// A replica that lost the API server judges by policies that may have changed. It must notice that,
// also on a connection that is silent but not closed, and must not judge by them for long.
func TestAReplicaThatLostTheAPIServerStopsJudging(t *testing.T) {
	for name, fault := range map[string]func(*cluster.Proxy){
		"connections are refused":   (*cluster.Proxy).Cut,
		"connections are swallowed": (*cluster.Proxy).BlackHole,
	} {
		t.Run(name, func(t *testing.T) {
			proxy, err := shared.Proxy(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			s, log := start(t, proxy, "--stale-after=6s")
			eventually(t, func() string {
				if value(t, s, `sluice_registration_matches{configuration="ValidatingWebhookConfiguration"}`) != "0" {
					return "the registration, which is missing, is not reported"
				}
				return ""
			})
			if got := review(t, s); got != "allowed" {
				t.Fatalf("without policies: %s", got)
			}
			fault(proxy)
			must(t, closed, "create", "-f", "-")
			defer must(t, "", "delete", "fep", "closed")
			eventually(t, func() string {
				if got := review(t, s); !strings.HasPrefix(got, "500: ") || !strings.Contains(got, "the policies may be out of date") {
					return "a review was answered: " + got
				}
				if status, text := get(t, s.Health()); status != http.StatusServiceUnavailable || !strings.Contains(text, "may be out of date") {
					return "the replica is ready: " + text
				}
				if got := value(t, s, `sluice_registration_matches{configuration="ValidatingWebhookConfiguration"}`); got != "" {
					return "the state of the registration is known: " + got
				}
				return ""
			})
			watched := []string{"flowexportpolicies", "mutatingwebhookconfigurations", "validatingwebhookconfigurations"}
			for _, resource := range watched {
				if value(t, s, `sluice_watch_silence_seconds{resource="`+resource+`"}`) == "" {
					t.Errorf("the silence about %s is not exported", resource)
				}
			}

			if err := proxy.Restore(); err != nil {
				t.Fatal(err)
			}
			// The first answer must know the policy.
			eventually(t, func() string {
				switch got := review(t, s); {
				case got == "allowed":
					t.Fatal("the first change after the outage is judged by the policies before it")
				case got != "denied":
					return got
				}
				return ""
			})
			eventually(t, func() string {
				if status, text := get(t, s.Health()); status != http.StatusOK {
					return "the replica is not ready again: " + text
				}
				return ""
			})
			eventually(t, func() string {
				if !strings.Contains(log.String(), "policies are current again") {
					return "the end of the outage is not logged"
				}
				return ""
			})
			for _, line := range []string{"policies are stale", "policies are current again"} {
				if n := strings.Count(log.String(), line); n != 1 {
					t.Errorf("%d lines in the log with %q", n, line)
				}
			}
			// The leader watches more, of which some are missing here.
			for _, resource := range watched {
				if n := strings.Count(log.String(), `"msg":"watch failed; retrying","resource":"`+resource+`"`); n > 2 {
					t.Errorf("%d lines in the log about failed watches of %s", n, resource)
				}
			}
		})
	}
}

// While nothing changes, the API server may send nothing for minutes.
func TestASilentAPIServerIsNoLostOne(t *testing.T) {
	s, _ := start(t, nil, "--stale-after=6s")
	for range 3 {
		contact := ""
		eventually(t, func() string { // the silence grows, and ends with the next contact
			before := contact
			contact = value(t, s, `sluice_watch_silence_seconds{resource="flowexportpolicies"}`)
			if before != "" && seconds(t, contact) < seconds(t, before) {
				return ""
			}
			return "no contact after " + contact
		})
		if got := review(t, s); got != "allowed" {
			t.Errorf("an idle replica: %s", got)
		}
	}
}

func TestStaleAfterIsBounded(t *testing.T) {
	for _, value := range []string{"0s", "1s", "2h"} {
		_, err := cluster.StartSluice(t.Context(), shared.program, t.TempDir(), &cluster.Log{}, "--policies=cluster", "--kubeconfig="+shared.Kubeconfig(cluster.Admin), "--stale-after="+value)
		if err == nil {
			t.Errorf("--stale-after=%s is accepted", value)
		}
	}
}
