package tenants

import (
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// Only the controller says what is accepted.
func TestTheStatusCannotBeForged(t *testing.T) {
	reset(t)
	const forged = `{"observedGeneration":1,"conditions":[{"type":"Accepted","status":"True","reason":"Allowed","message":"x","observedGeneration":1,"lastTransitionTime":"2026-01-01T00:00:00Z"}]}`
	policies(t, teamA)
	passes(t, create(t, alice, "team-a", "siem", `["10.20.0.5:4739"]`))
	policies(t)
	accepted(t, "siem", "Denied")
	for _, user := range []string{alice, mallory, cluster.Admin} {
		refused(t, kubectl(t, user, "", "patch", "flowexport", "-n", "team-a", "siem", "--subresource=status", "--type=merge", "-p", `{"status":`+forged+`}`), "orbidden")
	}
	// A status that is written with the object is dropped.
	policies(t, teamA)
	accepted(t, "siem", "Allowed")
	object := strings.Replace(export("team-a", "fresh", `["10.20.0.5:4739"]`), "spec:", "status: {nodesWanted: 77}\nspec:", 1)
	// The answer has what was stored, before the controller writes a status.
	if got := must(t, mallory, object, "create", "-f", "-", "-o", "jsonpath={.status.nodesWanted}"); got != "" {
		t.Errorf("the status of the user was stored: %s", got)
	}
	accepted(t, "fresh", "Allowed")
}

// A label that is removed later ends the acceptance, and one that is added begins it.
func TestLabelsAreEvaluatedAtAnyTime(t *testing.T) {
	reset(t)
	policies(t, `{namespaces: {selector: {matchLabels: {stage: production}}}, allow: [{destinations: [10.20.0.0/16]}]}`)
	passes(t, create(t, alice, "team-a", "siem", `["10.20.0.5:4739"]`))
	refused(t, create(t, bob, "team-b", "siem", `["10.20.0.5:4739"]`), "no FlowExportPolicy")
	accepted(t, "siem", "Allowed")
	refused(t, kubectl(t, alice, "", "label", "namespace", "team-a", "stage=x", "--overwrite"), "orbidden")
	must(t, cluster.Admin, "", "label", "namespace", "team-a", "stage-")
	accepted(t, "siem", "Denied")
	eventually(t, func() string {
		if r := kubectl(t, alice, export("team-a", "other", `["10.20.0.5:4739"]`), "create", "--dry-run=server", "-f", "-"); r.OK() {
			return "the webhook has not seen the label"
		}
		return ""
	})
	must(t, cluster.Admin, "", "label", "namespace", "team-a", "stage=production")
	accepted(t, "siem", "Allowed")
}

// A policy that is changed or deleted never leaves more than what valid policies allow.
func TestChangesOfPoliciesAreEvaluated(t *testing.T) {
	reset(t)
	policies(t, teamA)
	passes(t, create(t, alice, "team-a", "siem", `["10.20.0.5:4739"]`))
	accepted(t, "siem", "Allowed")
	policies(t, teamA, `{namespaces: {names: [team-a]}, deny: [{destinations: [10.20.0.5/32]}]}`)
	accepted(t, "siem", "Denied")
	refused(t, create(t, alice, "team-a", "other", `["10.20.0.5:4739"]`), "tenants-1/deny[0]")
	policies(t, teamA)
	accepted(t, "siem", "Allowed")
	policies(t, `{namespaces: {names: [team-a]}, enforcement: Audit, allow: [{destinations: [10.99.0.0/16]}]}`)
	accepted(t, "siem", "Denied")
	refused(t, create(t, alice, "team-a", "other", `["10.20.0.5:4739"]`), "no allow rule matches")
}

// A namespace and a FlowExport in it can be created together.
func TestANewNamespace(t *testing.T) {
	reset(t)
	policies(t, `{namespaces: {selector: {matchLabels: {stage: new}}}, allow: [{}]}`)
	manifest := "apiVersion: v1\nkind: Namespace\nmetadata: {name: team-new, labels: {stage: new}}\n---\n" + export("team-new", "siem", `["10.20.0.5:4739"]`)
	passes(t, kubectl(t, cluster.Admin, manifest, "create", "-f", "-"))
}

// Policies about FlowExports can't say what FlowExports do not have.
func TestTheSchemaOfPolicies(t *testing.T) {
	reset(t)
	for spec, text := range map[string]string{
		`{namespaces: {names: [a]}, removal: OnlyAllowed, allow: [{}]}`:                                    "a policy with namespaces is about FlowExports",
		`{namespaces: {names: [a]}, required: [{format: IPFIX, collector: "10.0.0.1:4739"}]}`:              "a policy with namespaces is about FlowExports",
		`{namespaces: {}, allow: [{}]}`:                                                                    "write either names or selector",
		`{namespaces: {names: [a], selector: {}}, allow: [{}]}`:                                            "write either names or selector",
		`{namespaces: null, allow: [{}]}`:                                                                  "null",
		`{namespaces: {names: ["team-*"]}, allow: [{}]}`:                                                   "names[0]",
		`{namespaces: {names: [a]}}`:                                                                       "restricts nothing",
		`{maxFlowExports: 3, allow: [{}]}`:                                                                 "name the namespaces",
		`{namespaces: {selector: {matchExpressions: [{key: a, operator: Is, values: [b]}]}}, allow: [{}]}`: "operator",
	} {
		refused(t, kubectl(t, cluster.Admin, "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportPolicy\nmetadata: {name: x}\nspec: "+spec+"\n", "create", "--dry-run=server", "-f", "-"), text)
	}
}
