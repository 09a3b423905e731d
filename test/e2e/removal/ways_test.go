package removal

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
)

// owner is a reference to an object that does not exist. An owner of a cluster-scoped object must be cluster-scoped.
const owner = `{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"Namespace","name":"gone","uid":"00000000-0000-0000-0000-000000000001"}]}}`

const noFlows = `{"spec":{"exportNetworkFlows":null}}`

// ways are the requests with which a user could remove what a policy protects.
func ways() map[string]func(t *testing.T, user string) answer {
	raw := func(method, path, body string) func(*testing.T, string) answer {
		return func(t *testing.T, user string) answer {
			t.Helper()
			return send(t, user, method, path, body)
		}
	}
	networks := strings.TrimSuffix(network, "/cluster")
	configMaps := strings.TrimSuffix(flowsConfig, "/ovs-flows-config")
	return map[string]func(*testing.T, string) answer{
		"null":                                raw(http.MethodPatch, network, noFlows),
		"no spec":                             raw(http.MethodPatch, network, `{"spec":null}`),
		"deletion":                            raw(http.MethodDelete, network, ""),
		"deletion in the foreground":          raw(http.MethodDelete, network, `{"propagationPolicy":"Foreground"}`),
		"deletecollection":                    raw(http.MethodDelete, networks, ""),
		"deletecollection of one":             raw(http.MethodDelete, networks+"?fieldSelector=metadata.name%3Dcluster", ""),
		"an owner reference":                  raw(http.MethodPatch, network, owner),
		"null and an owner reference":         raw(http.MethodPatch, network, strings.TrimSuffix(owner, "}")+`,"spec":{"exportNetworkFlows":null}}`),
		"the ConfigMap":                       raw(http.MethodDelete, flowsConfig, ""),
		"deletecollection of ConfigMaps":      raw(http.MethodDelete, configMaps, ""),
		"deletecollection of one ConfigMap":   raw(http.MethodDelete, configMaps+"?fieldSelector=metadata.name%3Dovs-flows-config", ""),
		"an owner reference of the ConfigMap": raw(http.MethodPatch, flowsConfig, owner),
		"the namespace":                       raw(http.MethodDelete, namespace, ""),
		"replace --force": func(t *testing.T, user string) answer {
			t.Helper()
			r := kubectl(t, user, cluster.NetworkManifest(), "replace", "--force", "-f", "-")
			if r.OK() {
				return answer{http.StatusOK, r.All()}
			}
			return answer{http.StatusForbidden, r.All()}
		},
	}
}

// TestRestrictedUsersRemoveNothing tries every way, whatever the state of the webhook.
func TestRestrictedUsersRemoveNothing(t *testing.T) {
	prepare(t, policies)
	store(t, required)
	refusedSoon(t, func() answer { return send(t, mary, http.MethodDelete, network+"?dryRun=All", "") })
	refusedSoon(t, func() answer { return send(t, mary, http.MethodDelete, flowsConfig+"?dryRun=All", "") })
	for state, arrange := range conditions() {
		t.Run(state, func(t *testing.T) {
			defer arrange(t)()
			for name, ask := range ways() {
				t.Run(name, func(t *testing.T) {
					if a := ask(t, mary); a.code != http.StatusForbidden || !strings.Contains(a.text, `\"mary\" may not`) && !strings.Contains(a.text, `"mary" may not`) && !strings.Contains(a.text, "requires it") {
						t.Errorf("not denied: %d %s", a.code, a.text)
					}
					intact(t, required)
				})
			}
		})
	}
}

// TestNothingIsPrepared tries to have an object deleted later, when it holds what others add.
func TestNothingIsPrepared(t *testing.T) {
	if notCompiled(t) {
		return
	}
	prepare(t, policies)
	store(t, "null")
	must(t, cluster.Operator, "", "delete", "configmap", "-n", "openshift-network-operator", "ovs-flows-config")
	refusedSoon(t, func() answer { return send(t, mary, http.MethodPatch, network+"?dryRun=All", owner) })
	if a := send(t, mary, http.MethodPatch, network, owner); a.code != http.StatusForbidden || !strings.Contains(a.text, "may not add an owner reference") {
		t.Errorf("an owner of a Network without collectors: %d %s", a.code, a.text)
	}
	config := `{"metadata":{"name":"ovs-flows-config","ownerReferences":[{"apiVersion":"v1","kind":"Namespace","name":"gone","uid":"1"}]},"data":{"sampling":"400"}}`
	if a := send(t, mary, http.MethodPost, strings.TrimSuffix(flowsConfig, "/ovs-flows-config"), config); a.code != http.StatusForbidden || !strings.Contains(a.text, "may not add an owner reference") {
		t.Errorf("a ConfigMap with an owner: %d %s", a.code, a.text)
	}
	// A finalizer keeps an object that is deleted. Nothing can be added to it.
	for _, path := range []string{network, flowsConfig} {
		if path == flowsConfig {
			if a := send(t, mary, http.MethodPost, strings.TrimSuffix(flowsConfig, "/ovs-flows-config"), `{"metadata":{"name":"ovs-flows-config"},"data":{"sampling":"400"}}`); a.code != http.StatusCreated {
				t.Fatalf("%d %s", a.code, a.text)
			}
		}
		for _, step := range []struct{ method, body string }{{http.MethodPatch, `{"metadata":{"finalizers":["example.com/later"]}}`}, {http.MethodDelete, ""}} {
			if a := send(t, mary, step.method, path, step.body); a.code != http.StatusOK {
				t.Fatalf("%s %s: %d %s", step.method, path, a.code, a.text)
			}
		}
		body := `{"spec":{"exportNetworkFlows":` + required + `}}`
		if path == flowsConfig {
			body = `{"data":{"sharedTarget":"192.0.2.1:4739"}}`
		}
		if a := send(t, guard, http.MethodPatch, path, body); a.code != http.StatusConflict || !strings.Contains(a.text, "the object is being deleted") {
			t.Errorf("an addition to %s: %d %s", path, a.code, a.text)
		}
		if a := send(t, mary, http.MethodPatch, path, `{"metadata":{"finalizers":null}}`); a.code != http.StatusOK {
			t.Fatalf("%d %s", a.code, a.text)
		}
	}
}

// TestManyOwnersStopNobody adds as many owner references as an object can have, before policies exist.
func TestManyOwnersStopNobody(t *testing.T) {
	store(t, "null")
	var many strings.Builder
	many.WriteString(`{"metadata":{"ownerReferences":[`)
	for i := range 2000 {
		if i > 0 {
			many.WriteString(",")
		}
		fmt.Fprintf(&many, `{"apiVersion":"v1","kind":"Namespace","name":"default","uid":"%036d"}`, i)
	}
	many.WriteString("]}}")
	a := send(t, john, http.MethodPatch, network, many.String())
	if a.code >= 300 && !strings.Contains(a.text, "owner references") {
		t.Fatalf("%d %.300s", a.code, a.text)
	}
	prepare(t, policies)
	if a := send(t, guard, http.MethodPatch, network, `{"spec":{"exportNetworkFlows":`+required+`}}`); a.code != http.StatusOK {
		t.Errorf("an addition: %d %.300s", a.code, a.text)
	}
	if a := send(t, cluster.Operator, http.MethodPatch, network, `{"metadata":{"labels":{"a":"b"}}}`); a.code != http.StatusOK {
		t.Errorf("the operator: %d %.300s", a.code, a.text)
	}
	if a := send(t, guard, http.MethodPatch, network, noFlows); a.code != http.StatusOK {
		t.Errorf("a removal: %d %.300s", a.code, a.text)
	}
}

// TestUnrestrictedUsersCanAlwaysRemove switches export off, whatever the state of the webhook.
func TestUnrestrictedUsersCanAlwaysRemove(t *testing.T) {
	if notCompiled(t) {
		return
	}
	prepare(t, policies)
	for state, arrange := range conditions() {
		t.Run(state, func(t *testing.T) {
			for name, c := range map[string]struct{ user, flows, method, path, body string }{
				"an exempt user, what is required":   {guard, required, http.MethodPatch, network, noFlows},
				"an exempt user, the object":         {guard, required, http.MethodDelete, network, ""},
				"an exempt user, the ConfigMap":      {guard, required, http.MethodDelete, flowsConfig, ""},
				"a team, its own":                    {mary, ofTeamA, http.MethodPatch, network, noFlows},
				"a team, the object with its own":    {mary, ofTeamA, http.MethodDelete, network, ""},
				"another user, what is not required": {john, ofOthers, http.MethodPatch, network, noFlows},
				"another user, the ConfigMap":        {john, ofOthers, http.MethodDelete, flowsConfig, ""},
			} {
				t.Run(name, func(t *testing.T) {
					store(t, c.flows)
					defer arrange(t)()
					if a := send(t, c.user, c.method, c.path, c.body); a.code != http.StatusOK {
						t.Errorf("refused: %d %s", a.code, a.text)
					}
				})
			}
		})
	}
}

// TestTheGarbageCollectorWorksHere shows that the tests before would notice a reference that is let
// through.
func TestTheGarbageCollectorWorksHere(t *testing.T) {
	store(t, required)
	for _, path := range []string{network, flowsConfig} {
		if a := send(t, john, http.MethodPatch, path, owner); a.code != http.StatusOK {
			t.Fatalf("%s: %d %s", path, a.code, a.text)
		}
		err := nodes.Wait(t.Context(), 2*time.Minute, func(context.Context) string {
			if a := send(t, cluster.Admin, http.MethodGet, path, ""); a.code != http.StatusNotFound {
				return path + " still exists"
			}
			return ""
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
