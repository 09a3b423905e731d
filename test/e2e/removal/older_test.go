package removal

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// compiles reports whether the API server stores compiled policies.
func compiles() bool { return shared.Minor >= 31 }

// notCompiled checks what docs/compatibility.md says of an API server that stores no compiled policy,
// and ends the test there; false on others.
func notCompiled(t *testing.T) bool {
	t.Helper()
	if compiles() {
		return false
	}
	prepare(t, policies)
	hasCondition(t, "siem", "True InAPIServer 1")
	hasCondition(t, "team-a", "False NotExpressible 1")
	for _, name := range []string{"sluice-removal-networks", "sluice-removal-flows-config"} {
		if exists(t, name) {
			t.Errorf("%s exists", name)
		}
	}
	return true
}

// TestWithoutCompiledPolicies lets only those users remove all collectors for whom no policy restricts
// that. On later versions, TestUnrestrictedUsersCanAlwaysRemove shows who else can.
func TestWithoutCompiledPolicies(t *testing.T) {
	if !notCompiled(t) {
		return
	}
	for state, arrange := range conditions() {
		t.Run(state, func(t *testing.T) { refusedWithoutCompiled(t, arrange) })
	}
}

func refusedWithoutCompiled(t *testing.T, arrange func(*testing.T) func()) {
	t.Helper()
	store(t, ofTeamA)
	defer arrange(t)()
	for _, path := range []string{network, flowsConfig} {
		remove := func(user string) answer { return send(t, user, http.MethodDelete, path+"?dryRun=All", "") }
		refusedSoon(t, func() answer { return remove(mary) })
		if a := remove(mary); !strings.Contains(a.text, "cannot evaluate the current rules of the policy") {
			t.Errorf("%s: it says: %s", path, a.text)
		}
		for _, user := range []string{john, guard} {
			if a := remove(user); a.code != http.StatusOK {
				t.Errorf("%s: %s: %d %s", path, user, a.code, a.text)
			}
		}
	}
}

// TestASingleCollectorCanAlwaysBeRemoved by a user who may remove it, on each version of Kubernetes.
func TestASingleCollectorCanAlwaysBeRemoved(t *testing.T) {
	prepare(t, policies)
	store(t, `{"netFlow":{"collectors":["10.20.0.1:2055","192.0.2.1:2055"]}}`)
	eventually(t, func(context.Context) string {
		if a := send(t, mary, http.MethodPatch, network+"?dryRun=All", `{"spec":{"exportNetworkFlows":`+ofOthers+`}}`); a.code != http.StatusOK {
			return fmt.Sprintf("her own: %d %s", a.code, a.text)
		}
		return ""
	})
	if a := send(t, mary, http.MethodPatch, network+"?dryRun=All", `{"spec":{"exportNetworkFlows":`+ofTeamA+`}}`); a.code != http.StatusForbidden {
		t.Errorf("that of others: %d %s", a.code, a.text)
	}
}
