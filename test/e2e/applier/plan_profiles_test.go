package applier

import (
	"context"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// A plan is about what "kubectl apply" would store: of profiles and the ConfigMap, too. What the API server refuses is
// no plan.
func TestAPlanOfProfilesIsWhatWouldBeStored(t *testing.T) {
	f := newFleet(t, "node-a")
	const head = "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: p}\nspec: "
	const config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ovs-flows-config, namespace: openshift-network-operator}\ndata: "
	stored := func(manifest string) {
		t.Helper()
		if _, err := shared.Must(t.Context(), cluster.Command{User: cluster.Admin, Stdin: manifest, Args: []string{"apply", "-f", "-"}}); err != nil {
			t.Fatal(err)
		}
	}
	settled := func() {
		t.Helper()
		eventually(t, func(context.Context) string {
			if out, code := plugin(t, "", "plan", "--exit-code"); code != 0 || !strings.Contains(out, "node-a:\n  no changes") {
				return out
			}
			return ""
		})
	}
	plan := func(name, file string, code int, says ...string) {
		t.Run(name, func(t *testing.T) {
			out, got := plugin(t, file, "plan", "-f", "-")
			expect(t, out, got, code, says...)
		})
	}
	export(t, `{"ipfix":{"collectors":["192.168.1.98:4739"]}}`)
	kubectl(t, "-n", "openshift-network-operator", "create", "configmap", "ovs-flows-config", "--from-literal=sharedTarget=192.168.1.97:4739")
	startAgent(t, f, f.Nodes[0])
	hasCondition(t, "node-a", "Applied", "True", "InSync")
	settled()
	plan("a key of others stays", config+`{sampling: "100"}`, 0, "node-a:\n  change IPFIX", "sampling: 400 -> 100")
	plan("no text", config+`{sampling: 100}`, 2, "data.sampling is not a text")
	plan("drops have defaults", head+"{drops: {}}", 0, "create collector set 4739", "OVN: sample dropped packets")
	plan("every packet", head+"{ipfix: {sampling: 1}}", 1, "the API server would refuse flowexportprofile/p: ", "spec.ipfix.sampling: ", "allowUnsampled: true")
	plan("a number that is taken", head+"{drops: {collectorSet: 42}}", 1, "the API server would refuse flowexportprofile/p: ", "42 is reserved")
	plan("a priority beyond the range", head+"{priority: 2000000}", 1, "the API server would refuse flowexportprofile/p: ", "spec.priority")

	// What another one has set stays; what was applied before, and is gone from the file, goes.
	stored(head + "{ipfix: {sampling: 200}}")
	kubectl(t, "patch", "flowexportprofile", "p", "--type=merge", `--patch={"spec":{"export":false}}`)
	hasCondition(t, "node-a", "Applied", "True", "ExportOff")
	settled()
	plan("export stays off", head+"{ipfix: {sampling: 1000}}", 0, "node-a:\n  no changes")
	plan("and on if the file says so", head+"{export: true}", 0, "create IPFIX", "sampling=400")
	stored(head + "{ipfix: {sampling: 200}, export: true}")
	hasCondition(t, "node-a", "Applied", "True", "InSync")
	settled()
	plan("what was applied goes", head+"{}", 0, "sampling: 200 -> 400")
	plan("the same", head+"{ipfix: {sampling: 200}, export: true}", 0, "node-a:\n  no changes")
	kubectl(t, "delete", "flowexportprofile", "p")
	apply(t, head+"{ipfix: {sampling: 300}}\n") // by the server
	settled()
	plan("what was applied by the server goes", head+"{}", 0, "sampling: 300 -> 400")

	// Without the right to ask.
	kubectl(t, "apply", "-f", "../../../manifests/base/viewer-rbac.yaml")
	kubectl(t, "create", "clusterrolebinding", "profile-planner", "--clusterrole=sluice-view", "--user=profile-planner")
	t.Cleanup(func() { kubectl(t, "delete", "clusterrolebinding", "profile-planner") })
	eventually(t, func(context.Context) string {
		out, code := plugin(t, head+"{drops: {}}", "plan", "-f", "-", "--as=profile-planner")
		if code != 0 || !strings.Contains(out, "planned from the file: you may not patch flowexportprofile/p, so that") || !strings.Contains(out, "create collector set 4739") {
			return "not planned from the file: " + out
		}
		return ""
	})
}
