package install

import (
	"os/exec"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// noChanges is an admission policy of others, which rejects each Network that has lists.
const noChanges = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-changes}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [operator.openshift.io], apiVersions: [v1], resources: [networks], operations: [CREATE, UPDATE]}]}
  validations: [{expression: "!has(object.spec.exportNetworkFlows)", message: only the network team may change the export}]
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, metadata: {name: no-changes}, spec: {policyName: no-changes, validationActions: [Deny]}}
`

// Without the webhook, the API server says only in a message which admission policy rejected a list.
func TestDoctorTellsWhichPolicyRejectsAMalformedList(t *testing.T) {
	plugin, err := cluster.BuildPlugin(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := exec.CommandContext(t.Context(), checker, "policy", "compile").Output()
	if err != nil {
		t.Fatal(err)
	}
	const what = " rejection of a malformed list (server-side dry run; nothing is stored)"
	shows := func(parts ...string) {
		t.Helper()
		eventually(t, func() string {
			text, _ := doctor(t, plugin, cluster.Admin)
			for _, part := range parts {
				if !strings.Contains(text, part) {
					return "doctor does not say " + part + ":\n" + text
				}
			}
			return ""
		})
	}
	// The API server goes on to evaluate a deleted policy for a moment, which the next test would notice.
	defer shows("bad     "+what, "the API server accepts 192.0.2.01:2055")
	must(t, noChanges, "create", "-f", "-")
	defer must(t, "", "delete", "validatingadmissionpolicy,validatingadmissionpolicybinding", "no-changes", "--ignore-not-found")
	shows("unknown "+what, "the change was rejected, but not by Sluice: ")

	if shared.Minor < 31 { // it stores no compiled policies: docs/compatibility.md
		return
	}
	must(t, string(compiled), "apply", "--server-side", "-f", "-")
	defer must(t, string(compiled), "delete", "--ignore-not-found", "-f", "-")
	shows("unknown "+what, "the same change with the well-formed 192.0.2.1:2055 is not accepted either")

	must(t, "", "delete", "validatingadmissionpolicy,validatingadmissionpolicybinding", "no-changes")
	shows("ok      "+what, "rejected inside the API server, not by the webhook")

	must(t, "", "patch", "validatingadmissionpolicybinding", "sluice-networks", "--type=merge", "-p", `{"spec":{"matchResources":{"objectSelector":{"matchLabels":{"a":"b"}}}}}`)
	shows("bad     "+what, "the API server accepts 192.0.2.01:2055")
}
