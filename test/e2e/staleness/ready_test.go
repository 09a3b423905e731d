package staleness

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// ready is what a replica answers about its readiness; 0 if it does not answer yet.
func ready(t *testing.T, s *cluster.Sluice) (status int, text string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Health(), nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// launch runs a replica with the rights of a user until the test ends, and does not wait until it is ready.
func launch(t *testing.T, user string) *cluster.Sluice {
	t.Helper()
	log := &cluster.Log{}
	s, err := cluster.LaunchSluice(shared.program, t.TempDir(), log, "--role=serve", "--policies=cluster", "--kubeconfig="+shared.Kubeconfig(user))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log of the webhook:\n%s", log)
		}
	})
	return s
}

const partialRights = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: partial}
rules:
- {apiGroups: [sluice.dev], resources: [%s], verbs: [list, watch]}
- {apiGroups: [""], resources: [%s], verbs: [list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: partial}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: partial}
subjects: [{kind: User, name: partial, apiGroup: rbac.authorization.k8s.io}]
`

// A replica that API servers call must be able to answer. So it is ready only when it has read everything that
// decides about FlowExports, in whichever order.
func TestReadyMeansThatFlowExportsCanBeReviewed(t *testing.T) {
	for name, c := range map[string]struct{ group, core, missing string }{
		"policies":    {"flowexports", "namespaces", "policies"},
		"namespaces":  {"flowexports,flowexportpolicies", "events", "namespaces"},
		"FlowExports": {"flowexportpolicies", "namespaces", "flowexports"},
	} {
		t.Run(name, func(t *testing.T) {
			must(t, fmt.Sprintf(partialRights, c.group, c.core), "apply", "-f", "-")
			t.Cleanup(func() {
				if _, err := shared.Must(context.WithoutCancel(t.Context()), cluster.Command{User: cluster.Admin, Args: []string{"delete", "clusterrolebinding/partial", "clusterrole/partial"}}); err != nil {
					t.Error(err)
				}
			})
			s := launch(t, partial)
			eventually(t, func() string {
				status, text := ready(t, s)
				if status != http.StatusServiceUnavailable || !strings.Contains(text, c.missing+" have not been read") {
					return fmt.Sprintf("readiness: %d %s", status, text)
				}
				return ""
			})
			must(t, fmt.Sprintf(partialRights, "flowexports,flowexportpolicies", "namespaces"), "apply", "-f", "-")
			eventually(t, func() string {
				if status, text := ready(t, s); status != http.StatusOK {
					return fmt.Sprintf("readiness: %d %s", status, text)
				}
				return ""
			})
		})
	}
}

// A cluster without the CRD has no FlowExports to review. The lists of the cluster are reviewed nevertheless.
func TestReadyWithoutTheCRD(t *testing.T) {
	must(t, "", "delete", "crd", "flowexports.sluice.dev", "--wait")
	t.Cleanup(func() {
		if err := shared.InstallPolicies(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	s, _ := start(t, nil)
	if status, text := get(t, s.Health()); status != http.StatusOK {
		t.Errorf("not ready: %d %s", status, text)
	}
	if got := review(t, s); got != "allowed" {
		t.Errorf("a change of the lists is %s", got)
	}
}
