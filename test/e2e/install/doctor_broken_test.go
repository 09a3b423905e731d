package install

import (
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// brokenOneByOne breaks one thing at a time in a cluster in which all is well, and looks whether doctor names it, and
// nothing else.
func brokenOneByOne(t *testing.T, plugin string, overlay *cluster.Overlay) {
	t.Helper()
	const quota = `[{"type":"ReplicaFailure","status":"True","reason":"FailedCreate","message":"pods are forbidden: exceeded quota"}]`
	image := func(kind, name, namespace, image string) []string {
		return []string{"set", "image", "--namespace=" + namespace, kind + "/" + name, "*=" + image}
	}
	for name, c := range map[string]struct {
		broken [][]string
		code   int
		want   string
		texts  []string
	}{
		"agents that are not ready":     {[][]string{agentStatus("1")}, 1, "agents-scheduled=bad", []string{"1 of 3 agents are ready", "describe daemonset sluice-agent"}},
		"a binding that is missing":     {[][]string{{"delete", "validatingadmissionpolicybinding", "sluice-agent-own-node"}}, 1, "admission-policies=bad", []string{"sluice-agent-own-node: no binding puts it into force"}},
		"a policy that is missing":      {[][]string{{"delete", "validatingadmissionpolicy", "sluice-agent-own-events"}}, 1, "admission-policies=bad", []string{"sluice-agent-own-events is missing"}},
		"a policy about FlowExports":    {[][]string{{"delete", "validatingadmissionpolicy", "sluice-flowexport-status"}}, 1, "admission-policies=bad flowexports=bad", []string{"sluice-flowexport-status is missing: users who may write"}},
		"a policy about verifications":  {[][]string{{"delete", "validatingadmissionpolicy", "sluice-verify-only"}}, 1, "admission-policies=bad", []string{"sluice-verify-only is missing"}},
		"a binding that is narrowed":    {[][]string{{"patch", "validatingadmissionpolicybinding", "sluice-verify-only", "--type=merge", "-p", `{"spec":{"matchResources":{"objectSelector":{"matchLabels":{"a":"b"}}}}}`}}, 1, "admission-policies=bad", []string{"sluice-verify-only has matchResources, so that it does not apply to all that the policy matches"}},
		"a binding that only audits":    {[][]string{{"patch", "validatingadmissionpolicybinding", "sluice-verify-only", "--type=merge", "-p", `{"spec":{"validationActions":["Audit"]}}`}}, 1, "admission-policies=bad", []string{"sluice-verify-only has the validationActions [Audit], without Deny"}},
		"a CRD that is missing":         {[][]string{{"delete", "crd", "flowexports.sluice.dev"}}, 1, "crds=bad flowexports=bad", []string{"there is no CRD flowexports.sluice.dev"}},
		"a replica without a pod":       {[][]string{deploymentStatus("sluice-webhook", "1", quota)}, 0, "deployments=warn", []string{"1 of 2 replicas of sluice-webhook are ready: pods are forbidden: exceeded quota", "kubectl sluice runbook SluiceWebhookReplicaMissing"}},
		"a controller without a pod":    {[][]string{deploymentStatus("sluice-controller", "0", quota)}, 1, "deployments=bad", []string{"0 of 1 replicas of sluice-controller are ready", "kubectl sluice runbook SluiceControllerDown"}},
		"a Deployment that is missing":  {[][]string{{"delete", "deployment", "--namespace=sluice-system", "sluice-webhook"}}, 1, "deployments=bad", []string{"there is no Deployment sluice-system/sluice-webhook"}},
		"images without a release":      {[][]string{image("deployment", "sluice-webhook", "sluice-system", "w@sha256:"+digest), image("deployment", "sluice-controller", "sluice-system", "w@sha256:"+digest)}, 0, "versions=warn", []string{"3 of 4 can't be compared"}},
		"versions that differ":          {[][]string{image("deployment", "sluice-webhook", "sluice-system", "w:v1.0.0"), image("daemonset", "sluice-agent", "sluice-agent", "a:v2.0.0")}, 0, "versions=warn", []string{"sluice-webhook v1.0.0", "sluice-agent v2.0.0"}},
		"a Network that is not managed": {[][]string{{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"managementState":"Unmanaged"}}`}}, 0, "platform=warn", []string{"managementState is Unmanaged"}},
		"a CRD of an earlier version":   {[][]string{{"patch", "crd", "flowexportprofiles.sluice.dev", "--type=json", "-p", `[{"op":"remove","path":"/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/mode"}]`}}, 1, "crd-schemas=bad", []string{"they lack flowexportprofiles spec.mode"}},
		"a dead agent that reported":    {[][]string{{"apply", "--server-side", "-f", "-"}}, 1, "agents-alive=bad", []string{"1 of 1 agents have not renewed their Leases: worker-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				must(t, "", "delete", "deployment", "--namespace=sluice-system", "sluice-webhook", "--ignore-not-found")
				must(t, "", "delete", "nodeflowexport", "--all")
				must(t, "", "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"managementState":"Managed"}}`)
				must(t, "", image("daemonset", "sluice-agent", "sluice-agent", "sluice-agent:"+testedRelease)...)
				must(t, "", "apply", "--server-side", "--force-conflicts", "-f", "../../../manifests/crds/sluice.dev_flowexportprofiles.yaml")
				must(t, "", image("deployment", "sluice-controller", "sluice-system", "sluice-webhook:"+testedRelease)...)
				must(t, "", "delete", "validatingadmissionpolicybinding", "sluice-verify-only", "--ignore-not-found")
				if _, err := shared.Apply(t.Context(), overlay); err != nil {
					t.Error(err)
				}
				reported(t)
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

// testedRelease is that of the images of the test, and digest one of an image.
const (
	testedRelease = "v0.1.0"
	digest        = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

// released names a release in the images of an overlay, as users do.
func released(o *cluster.Overlay) {
	for _, image := range []string{"sluice-webhook", "sluice-agent"} {
		o.Manifest = strings.ReplaceAll(o.Manifest, "image: "+image+"\n", "image: "+image+":"+testedRelease+"\n")
	}
}

// reported writes what the controllers of Kubernetes, which do not run here, report about healthy workloads.
func reported(t *testing.T) {
	t.Helper()
	must(t, "", agentStatus("3")...)
	must(t, "", deploymentStatus("sluice-webhook", "2", "[]")...)
	must(t, "", deploymentStatus("sluice-controller", "1", "[]")...)
}

func agentStatus(ready string) []string {
	return []string{
		"patch", "daemonset", "sluice-agent", "--namespace=sluice-agent", "--subresource=status", "--type=merge", "-p",
		`{"status":{"observedGeneration":1000,"desiredNumberScheduled":3,"currentNumberScheduled":3,"updatedNumberScheduled":3,"numberReady":` + ready + `,"numberMisscheduled":0}}`,
	}
}

func deploymentStatus(name, ready, conditions string) []string {
	return []string{
		"patch", "deployment", name, "--namespace=sluice-system", "--subresource=status", "--type=merge", "-p",
		`{"status":{"observedGeneration":1000,"replicas":2,"updatedReplicas":2,"readyReplicas":` + ready + `,"availableReplicas":` + ready + `,"conditions":` + conditions + `}}`,
	}
}

// aMalformedListIsStored checks a list that was stored before Sluice was installed.
func aMalformedListIsStored(t *testing.T, plugin string) {
	t.Helper()
	must(t, "", "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["192.0.2.1:2055","10.0.0.05:99"]}}}}`)
	defer must(t, "", "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":null}}`)
	text, _ := doctor(t, plugin, cluster.Admin)
	for _, part := range []string{"bad      stored lists\n", `Network.operator cluster: spec.exportNetworkFlows.netFlow.collectors[1]: "10.0.0.05:99": `, "kubectl edit network.operator cluster"} {
		if !strings.Contains(text, part) {
			t.Errorf("a malformed list is stored: no %q in\n%s", part, text)
		}
	}
}
