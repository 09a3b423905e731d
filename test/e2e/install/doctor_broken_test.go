package install

import (
	"testing"

	"sluice/test/harness/cluster"
)

// brokenOneByOne breaks one thing at a time in a cluster in which all is well, and looks whether doctor names it, and
// nothing else.
func brokenOneByOne(t *testing.T, plugin string, overlay *cluster.Overlay) {
	t.Helper()
	status := func(ready string) []string {
		return []string{
			"patch", "daemonset", "sluice-agent", "--namespace=sluice-agent", "--subresource=status", "--type=merge", "-p",
			`{"status":{"observedGeneration":1,"desiredNumberScheduled":3,"currentNumberScheduled":3,"updatedNumberScheduled":3,"numberReady":` + ready + `,"numberMisscheduled":0}}`,
		}
	}
	image := func(kind, name, namespace, image string) []string {
		return []string{"set", "image", "--namespace=" + namespace, kind + "/" + name, "*=" + image}
	}
	for name, c := range map[string]struct {
		broken [][]string
		code   int
		want   string
		texts  []string
	}{
		"agents that are not ready":     {[][]string{status("1")}, 1, "agents-scheduled=bad", []string{"1 of 3 agents are ready", "describe daemonset sluice-agent"}},
		"a binding that is missing":     {[][]string{{"delete", "validatingadmissionpolicybinding", "sluice-agent-own-node"}}, 1, "admission-policies=bad", []string{"sluice-agent-own-node: no binding puts it into force"}},
		"a policy that is missing":      {[][]string{{"delete", "validatingadmissionpolicy", "sluice-agent-own-events"}}, 1, "admission-policies=bad", []string{"sluice-agent-own-events is missing"}},
		"versions that differ":          {[][]string{image("deployment", "sluice-webhook", "sluice-system", "w:v1.0.0"), image("daemonset", "sluice-agent", "sluice-agent", "a:v2.0.0")}, 0, "versions=warn", []string{"sluice-webhook v1.0.0", "sluice-agent v2.0.0"}},
		"a Network that is not managed": {[][]string{{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"managementState":"Unmanaged"}}`}}, 0, "platform=warn", []string{"managementState is Unmanaged"}},
		"a CRD of an earlier version":   {[][]string{{"patch", "crd", "flowexportprofiles.sluice.dev", "--type=json", "-p", `[{"op":"remove","path":"/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/mode"}]`}}, 1, "crd-schemas=bad", []string{"they lack flowexportprofiles spec.mode"}},
		"a dead agent that reported":    {[][]string{{"apply", "--server-side", "-f", "-"}}, 1, "agents-alive=bad", []string{"1 of 1 agents have not renewed their Leases: worker-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				must(t, "", status("3")...)
				must(t, "", "delete", "nodeflowexport", "--all")
				must(t, "", "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"managementState":"Managed"}}`)
				must(t, "", image("deployment", "sluice-webhook", "sluice-system", "sluice-webhook")...)
				must(t, "", image("daemonset", "sluice-agent", "sluice-agent", "sluice-agent")...)
				must(t, "", "apply", "--server-side", "--force-conflicts", "-f", "../../../manifests/crds/sluice.dev_flowexportprofiles.yaml")
				if _, err := shared.Apply(t.Context(), overlay); err != nil {
					t.Error(err)
				}
			}()
			for _, command := range c.broken {
				must(t, deadAgent, command...)
			}
			expect(t, plugin, name, cluster.Admin, c.code, c.want, c.texts...)
		})
	}
}

// deadAgent is the report of an agent that never gave a sign of life.
const deadAgent = `{apiVersion: sluice.dev/v1alpha1, kind: NodeFlowExport, metadata: {name: worker-1}}`
