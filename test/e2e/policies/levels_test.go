package policies

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/test/harness/cluster"
)

// level is the policy guarded with another name and enforcement.
func level(name, enforcement string) string {
	return strings.NewReplacer("name: team-a}\nspec:", "name: "+name+"}\nspec:\n  enforcement: "+enforcement).Replace(guarded)
}

func TestWarnTellsTheUserWhatDenyWouldRefuse(t *testing.T) {
	reset(t)
	apply(t, level("tryout", "Warn"))
	r := patch(t, mary, notAllowed)
	passes(t, r)
	stands(t, notAllowed)
	want := `Warning: accepted, but a policy warns: netFlow.collectors[0]: "192.0.2.1:2055": "mary" may not send NetFlow there: ` +
		"no allow rule matches [policy tryout/allow]\nWarning: allowed: every format to 10.20.0.0/16\n"
	if diff := cmp.Diff(want, r.Stderr); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if r = patch(t, mary, allowed); !r.OK() || r.Stderr != "" {
		t.Errorf("what is allowed: %s", r.All())
	}
	// It is a rehearsal: whom it is not for is told nothing.
	if r = patch(t, john, notAllowed); !r.OK() || r.Stderr != "" {
		t.Errorf("somebody else: %s", r.All())
	}
}

func TestAuditStoresSilently(t *testing.T) {
	reset(t)
	apply(t, level("watch", "Audit"))
	if r := patch(t, mary, notAllowed); !r.OK() || r.Stderr != "" {
		t.Errorf("printed %s", r.All())
	}
	stands(t, notAllowed)
}

func TestTheLevelsAreIndependent(t *testing.T) {
	reset(t)
	apply(t, level("a-deny", "Deny")+"---\n"+strings.Replace(level("b-warn", "Warn"), "10.20.0.0/16", "10.20.1.0/24", 1)+
		"---\n"+strings.Replace(level("c-audit", "Audit"), "allow: [{destinations: [10.20.0.0/16]}]", "maxCollectors: 0", 1))
	r := patch(t, mary, notAllowed)
	refused(t, r, "[policy a-deny/allow]")
	if strings.Contains(r.All(), "c-audit") {
		t.Errorf("what is only for the audit log was told: %s", r.All())
	}
	passes(t, patch(t, mary, allowed))
}

// annotations are Sluice's of the last change of a user in the API server's audit log.
func annotations(t *testing.T, user string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(shared.AuditLog())
	if err != nil {
		t.Fatal(err)
	}
	var ours map[string]string
	for line := range strings.Lines(string(text)) {
		var event struct {
			User        struct{ Username string }
			Annotations map[string]string
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if event.User.Username != user {
			continue
		}
		ours = map[string]string{}
		for key, value := range event.Annotations {
			if name, ok := strings.CutPrefix(key, "networks."); ok && strings.Contains(key, "sluice.dev/polic") || strings.HasSuffix(key, "/audited") {
				ours[name] = value
			}
		}
	}
	return ours
}

func TestTheAuditLogNamesThePolicies(t *testing.T) {
	said := `netFlow.collectors[0]: "192.0.2.1:2055": "mary" may not send NetFlow there: no allow rule matches [policy team/allow]`
	for name, c := range map[string]struct {
		enforcement, flows string
		want               map[string]string
	}{
		"denied":  {"Deny", notAllowed, map[string]string{"mutate.sluice.dev/policies": "team", "mutate.sluice.dev/policies-applied": "team"}},
		"allowed": {"Deny", allowed, map[string]string{"mutate.sluice.dev/policies-applied": "team", "validate.sluice.dev/policies-applied": "team"}},
		"warned": {"Warn", notAllowed, map[string]string{
			"mutate.sluice.dev/policies-warn": "team", "mutate.sluice.dev/policies-applied": "team",
			"validate.sluice.dev/policies-warn": "team", "validate.sluice.dev/policies-applied": "team",
		}},
		"audited": {"Audit", notAllowed, map[string]string{
			"mutate.sluice.dev/policies-audit": "team", "mutate.sluice.dev/policies-applied": "team", "mutate.sluice.dev/audited": said,
			"validate.sluice.dev/policies-audit": "team", "validate.sluice.dev/policies-applied": "team", "validate.sluice.dev/audited": said,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			reset(t)
			apply(t, level("team", c.enforcement))
			patch(t, mary, c.flows)
			if diff := cmp.Diff(c.want, annotations(t, mary)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// metric is the value of a metric of the webhook with these labels; empty if it has none.
func metric(t *testing.T, series string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, shared.sluice.Metrics, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, series+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func TestMetricsCountWhatPoliciesDecide(t *testing.T) {
	for enforcement, decision := range map[string]string{"Deny": "denied", "Warn": "warned", "Audit": "audited"} {
		t.Run(enforcement, func(t *testing.T) {
			reset(t)
			policy := "counted-" + strings.ToLower(enforcement)
			apply(t, level(policy, enforcement))
			before := decisions(t, policy)
			for _, change := range []struct{ user, flows string }{
				{mary, allowed},
				{mary, `null`},
				{mary, notAllowed},
				{john, allowed}, // the policy is not for him
			} {
				patch(t, change.user, change.flows)
			}
			want := maps.Clone(before)
			want["allowed"] += 2
			want[decision]++
			if diff := cmp.Diff(want, decisions(t, policy)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// decisions are what the webhook counted of a policy.
func decisions(t *testing.T, policy string) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, d := range []string{"allowed", "denied", "warned", "audited"} {
		text := metric(t, fmt.Sprintf(`sluice_policy_decisions_total{decision=%q,policy=%q}`, d, policy))
		counts[d], _ = strconv.Atoi(text) // none until the first
	}
	return counts
}

func TestMetricsCountViolations(t *testing.T) {
	reset(t)
	store(t, `{"netFlow":{"collectors":["192.0.2.1:2055","192.0.2.2:2055"]}}`)
	apply(t, policyWith(`{allow: [{destinations: [10.0.0.0/8]}]}`))
	count := func(want string) {
		eventually(t, func() string {
			if got := metric(t, `sluice_policy_violations{policy="schema"}`); got != want {
				return fmt.Sprintf("%q violations, want %q", got, want)
			}
			return ""
		})
	}
	count("2")
	passes(t, patch(t, mary, `{"netFlow":{"collectors":["192.0.2.2:2055"]}}`))
	count("1")
	store(t, "null")
	count("0")
	must(t, cluster.Admin, "", "delete", "fep", "schema")
	count("")
}
