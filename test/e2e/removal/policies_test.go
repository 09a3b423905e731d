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

// exists reports whether the API server has an admission policy.
func exists(t *testing.T, name string) bool {
	t.Helper()
	return kubectl(t, cluster.Admin, "", "get", "validatingadmissionpolicy", name).OK()
}

func eventually(t *testing.T, what func(context.Context) string) {
	t.Helper()
	if err := nodes.Wait(t.Context(), 2*time.Minute, what); err != nil {
		t.Fatal(err)
	}
}

// condition returns status, reason and generation of RemovalEnforced.
func condition(t *testing.T, policy string) string {
	t.Helper()
	return must(t, cluster.Admin, "", "get", "fep", policy, "-o",
		`jsonpath={range .status.conditions[?(@.type=="RemovalEnforced")]}{.status} {.reason} {.observedGeneration}{end}`)
}

func hasCondition(t *testing.T, policy, want string) {
	t.Helper()
	eventually(t, func(context.Context) string {
		if got := condition(t, policy); got != want {
			return fmt.Sprintf("RemovalEnforced of %s is %q, not %q", policy, got, want)
		}
		return ""
	})
}

// TestTheAdmissionPoliciesFollow shows that changed, deleted and needless admission policies become
// what they should be.
func TestTheAdmissionPoliciesFollow(t *testing.T) {
	if notCompiled(t) {
		return
	}
	const compiled = "sluice-removal-networks"
	if exists(t, compiled) {
		eventually(t, func(context.Context) string {
			if exists(t, compiled) {
				return compiled + " exists without a policy"
			}
			return ""
		})
	}
	prepare(t, policies)
	hasCondition(t, "team-a", "True InAPIServer 1")
	hasCondition(t, "siem", "True InAPIServer 1")

	owner := must(t, cluster.Admin, "", "get", "validatingadmissionpolicy", compiled, "-o", "jsonpath={.metadata.ownerReferences[0].name}")
	if owner != "sluice-removal" {
		t.Errorf("it is owned by %q", owner)
	}
	for name, change := range map[string][]string{
		"no fixed binding":    {"delete", "validatingadmissionpolicybinding", "sluice-removal"},
		"a changed condition": {"patch", "validatingadmissionpolicy", compiled, "--type=json", "-p", `[{"op":"add","path":"/spec/matchConditions/-","value":{"name":"never","expression":"false"}}]`},
		"another action":      {"patch", "validatingadmissionpolicybinding", compiled, "--type=merge", "-p", `{"spec":{"validationActions":["Audit"]}}`},
		"no label":            {"label", "validatingadmissionpolicy", compiled, "app.kubernetes.io/name-"},
		"no binding":          {"delete", "validatingadmissionpolicybinding", compiled},
		"no policy":           {"delete", "validatingadmissionpolicy", compiled},
	} {
		must(t, cluster.Admin, "", change...)
		eventually(t, func(context.Context) string {
			got := must(t, cluster.Admin, "", "get", "validatingadmissionpolicies,validatingadmissionpolicybindings", "-l", "app.kubernetes.io/managed-by=sluice-controller,app.kubernetes.io/name=sluice",
				"-o", `jsonpath={range .items[*]}{.kind} {.metadata.name} {.spec.matchConditions[*].name} {.spec.validationActions[*]};{end}`)
			want := "ValidatingAdmissionPolicyBinding " + compiled + "  Deny;"
			if !strings.Contains(got, want) || !strings.Contains(got, "ValidatingAdmissionPolicyBinding sluice-removal  Deny;") || !strings.Contains(got, "ValidatingAdmissionPolicy "+compiled+" not-the-cluster-network-operator flows-removed ;") {
				return name + ": there are " + got
			}
			return ""
		})
	}
	hasCondition(t, "team-a", "True InAPIServer 1")

	must(t, cluster.Admin, "", "patch", "fep", "team-a", "--type=merge", "-p", `{"spec":{"removal":"Any"}}`)
	hasCondition(t, "team-a", "True NotRestricted 2")
	eventually(t, func(context.Context) string {
		if exists(t, compiled) {
			return compiled + " still exists"
		}
		return ""
	})
}

// TestPoliciesThatChangeWhileSluiceIsDown shows that removals that a policy forbids or narrows are
// denied while no process can compile it, and that what nothing restricts passes.
func TestPoliciesThatChangeWhileSluiceIsDown(t *testing.T) {
	if notCompiled(t) {
		return
	}
	prepare(t, policies)
	defer conditions()["killed"](t)()
	remove := func(user string) answer { return send(t, user, http.MethodPatch, network+"?dryRun=All", noFlows) }
	store(t, ofTeamA)
	if a := remove(mary); a.code != http.StatusOK {
		t.Fatalf("before: %d %s", a.code, a.text)
	}
	must(t, cluster.Admin, "", "patch", "fep", "team-a", "--type=merge", "-p", `{"spec":{"allow":[{"destinations":["10.21.0.0/16"]}]}}`)
	refusedSoon(t, func() answer { return remove(mary) })
	if a := remove(mary); !strings.Contains(a.text, "cannot evaluate the current rules of the policy") || !strings.Contains(a.text, "RemovalEnforced") {
		t.Errorf("it says: %s", a.text)
	}
	if a := remove(john); a.code != http.StatusOK {
		t.Errorf("another user: %d %s", a.code, a.text)
	}
	// A new policy.
	must(t, cluster.Admin, strings.NewReplacer("team-a", "team-b", "10.20.0.0", "10.30.0.0").Replace(policies[strings.Index(policies, "---"):]), "apply", "-f", "-")
	refusedSoon(t, func() answer { return remove(john) })
	if a := remove(guard); a.code != http.StatusOK {
		t.Errorf("a user without a policy: %d %s", a.code, a.text)
	}
}

// TestTheDefaultsAreBoundedToo deletes the ConfigMap although the default of a setting that it sets is
// outside of what a policy allows.
func TestTheDefaultsAreBoundedToo(t *testing.T) {
	if notCompiled(t) {
		return
	}
	prepare(t, `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: dense}
spec: {exempt: [{kind: Group, name: security}], sampling: {max: 100}}
`)
	store(t, required)
	must(t, cluster.Operator, "", "patch", "configmap", "-n", "openshift-network-operator", "ovs-flows-config", "--type=merge", "-p", `{"data":{"sampling":"50"}}`)
	defer conditions()["killed"](t)()
	remove := func(user string) answer { return send(t, user, http.MethodDelete, flowsConfig+"?dryRun=All", "") }
	refusedSoon(t, func() answer { return remove(mary) })
	if a := remove(mary); !strings.Contains(a.text, "[policy dense/sampling]") {
		t.Errorf("it says: %s", a.text)
	}
	if a := remove(guard); a.code != http.StatusOK {
		t.Errorf("an exempt user: %d %s", a.code, a.text)
	}
	must(t, cluster.Operator, "", "patch", "configmap", "-n", "openshift-network-operator", "ovs-flows-config", "--type=merge", "-p", `{"data":{"sampling":"5000"}}`)
	if a := remove(mary); a.code != http.StatusOK {
		t.Errorf("a value that is further outside than the default: %d %s", a.code, a.text)
	}
}

// TestTheEmergencyProcedure runs the commands of docs/install/failure-modes.md with which cluster-admin removes all
// collectors although policies forbid it and the webhook hangs.
func TestTheEmergencyProcedure(t *testing.T) {
	prepare(t, `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: everyone}
spec: {removal: OnlyAllowed, required: [{format: IPFIX, collector: "10.0.0.5:4739"}]}
`)
	store(t, required)
	defer conditions()["hung"](t)()
	remove := func() answer { return send(t, cluster.Admin, http.MethodPatch, network, noFlows) }
	refusedSoon(t, remove)
	must(t, cluster.Admin, "", "delete", "validatingadmissionpolicy", "--ignore-not-found", "sluice-removal", "sluice-removal-networks", "sluice-removal-flows-config")
	must(t, cluster.Admin, "", "delete", "validatingwebhookconfiguration", "sluice")
	defer func() {
		ctx := context.WithoutCancel(t.Context())
		if err := shared.InstallRemovalPolicy(ctx); err != nil {
			t.Error(err)
		}
		if err := shared.RegisterUnguarded(ctx, shared.sluice); err != nil {
			t.Error(err)
		}
	}()
	eventually(t, func(context.Context) string {
		if a := remove(); a.code != http.StatusOK {
			return fmt.Sprintf("refused: %d %s", a.code, a.text)
		}
		return ""
	})
}

// TestModes changes --admission-policies.
func TestModes(t *testing.T) {
	if notCompiled(t) {
		return
	}
	prepare(t, policies)
	restart := func(mode string) {
		if err := shared.stop(); err != nil {
			t.Fatal(err)
		}
		if err := shared.start(t.Context(), "--admission-policies="+mode); err != nil {
			t.Fatal(err)
		}
	}
	defer restart("removal")
	restart("all")
	eventually(t, func(context.Context) string {
		for _, name := range []string{"sluice-networks", "sluice-flows-config", "sluice-removal-networks"} {
			if !exists(t, name) {
				return name + " does not exist"
			}
		}
		return ""
	})
	refusedSoon(t, func() answer {
		return send(t, mary, http.MethodPatch, network+"?dryRun=All", `{"spec":{"exportNetworkFlows":`+ofOthers+`}}`)
	})
	restart("off")
	eventually(t, func(context.Context) string {
		for _, name := range []string{"sluice-networks", "sluice-flows-config", "sluice-removal-networks", "sluice-removal-flows-config"} {
			if exists(t, name) {
				return name + " still exists"
			}
		}
		return ""
	})
	hasCondition(t, "team-a", "False Off 1")
}
