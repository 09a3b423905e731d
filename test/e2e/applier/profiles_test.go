package applier

import (
	"context"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
	"sluice/test/harness/node"
)

func TestAProfileSetsTheParametersOfItsNodes(t *testing.T) {
	f := newFleet(t, "node-a", "node-b")
	_, target := listen(t, f, false)
	kubectl(t, "label", "node", "node-a", "tier=edge")
	apply(t, `apiVersion: sluice.dev/v1alpha1
kind: FlowExportProfile
metadata: {name: edge}
spec:
  nodeSelector: {matchLabels: {tier: edge}}
  priority: 10
  netFlow: {activeTimeout: 30}
  sFlow: {sampling: 1000, polling: 20, headerBytes: 64, agent: lo}
  ipfix: {sampling: 2000, cacheActiveTimeout: 20, cacheMaxFlows: 500, observationDomain: PerNode, templateInterval: 60}
---
apiVersion: sluice.dev/v1alpha1
kind: FlowExportProfile
metadata: {name: all}
spec:
  export: false
`)
	list := `{"collectors":["` + target + `"]}`
	export(t, `{"netFlow":`+list+`,"sFlow":`+list+`,"ipfix":`+list+`}`)
	for _, n := range f.Nodes {
		startAgent(t, f, n)
	}
	// Open vSwitch 3.1 has no template_interval; later ones do.
	reason := "InSync"
	if !hasColumn(t, f.Nodes[0], "IPFIX", "template_interval") {
		reason = "PartlySupported"
	}
	hasCondition(t, "node-a", "Applied", "True", reason)
	report := hasCondition(t, "node-b", "Applied", "True", "ExportOff")
	if report.Status.Profile != "all" {
		t.Errorf("the profile of node-b is %q", report.Status.Profile)
	}
	if got := rows(t, f.Nodes[1]); got != "" {
		t.Errorf("node-b exports:\n%s", got)
	}
	got := rows(t, f.Nodes[0])
	for _, want := range []string{
		"active_timeout      : 30", "sampling            : 1000", "polling             : 20", "header              : 64", "agent               : lo",
		"sampling            : 2000", "cache_active_timeout: 20", "cache_max_flows     : 500",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("node-a has no %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "obs_domain_id       : []") {
		t.Errorf("node-a has no observation domain of its own:\n%s", got)
	}
	// Without the label the node is one of all.
	kubectl(t, "label", "node", "node-a", "tier-")
	hasCondition(t, "node-a", "Applied", "True", "ExportOff")
	// Without the other profile it exports as OVN-Kubernetes does.
	kubectl(t, "delete", "flowexportprofile", "all")
	hasCondition(t, "node-a", "Applied", "True", "InSync")
	if got := vsctl(t, f.Nodes[0], "--columns=sampling,cache_active_timeout,cache_max_flows,obs_domain_id", "list", "IPFIX"); !strings.Contains(got, ": 400") || !strings.Contains(got, ": 60") {
		t.Errorf("without a profile:\n%s", got)
	}
}

func TestTheConfigMapsTargetIsExportedToo(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	startAgent(t, f, n)
	apply(t, `apiVersion: v1
kind: ConfigMap
metadata: {name: ovs-flows-config, namespace: openshift-network-operator}
data: {sharedTarget: "`+target+`", sampling: "100", cacheActiveTimeout: 20s, cacheMaxFlows: "7"}
`)
	export(t, `{"ipfix":{"collectors":["192.168.1.98:4739"]}}`)
	eventually(t, func(context.Context) string {
		got := vsctl(t, n, "--columns=targets,sampling,cache_active_timeout,cache_max_flows", "list", "IPFIX")
		for _, want := range []string{target, "192.168.1.98:4739", ": 100", ": 20", ": 7"} {
			if !strings.Contains(got, want) {
				return got
			}
		}
		return ""
	})
	apply(t, `apiVersion: v1
kind: ConfigMap
metadata: {name: ovs-flows-config, namespace: openshift-network-operator}
data: {nodePort: "2055", sharedTarget: null}
`)
	kubectl(t, "patch", "configmap", "--namespace=openshift-network-operator", "ovs-flows-config", "--type=json", `-p=[{"op":"remove","path":"/data/sharedTarget"}]`)
	eventually(t, func(context.Context) string {
		got := vsctl(t, n, "--columns=targets", "list", "IPFIX")
		if strings.Contains(got, n.Address(false)+":2055") {
			return ""
		}
		return "not the node's own address: " + got
	})
}

func TestAMalformedStoredEntryIsLeftOut(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	startAgent(t, f, n)
	// The CRD accepts it, and no webhook is registered here.
	export(t, `{"netFlow":{"collectors":["10.0.0.01:2055","`+target+`"]}}`)
	report := hasCondition(t, n.Name, "Applied", "False", "Malformed")
	if got := vsctl(t, n, "--columns=targets", "list", "NetFlow"); strings.Contains(got, "10.0.0") || !strings.Contains(got, target) {
		t.Errorf("applied: %s", got)
	}
	for _, c := range report.Status.Conditions {
		if c.Type == "Applied" && !strings.Contains(c.Message, `write "10.0.0.1:2055"`) {
			t.Errorf("the message does not say what to write: %s", c.Message)
		}
	}
}

func TestProfilesThatOpenVSwitchCouldNotUseAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ spec, message string }{
		"every packet, sFlow":   {`sFlow: {sampling: 1}`, "set allowUnsampled: true"},
		"every packet, IPFIX":   {`ipfix: {sampling: 1}`, "set allowUnsampled: true"},
		"too long a timeout":    {`ipfix: {cacheActiveTimeout: 4201}`, "less than or equal to 4200"},
		"OVN-Kubernetes' set":   {`drops: {collectorSet: 42}`, "42 is reserved for OVN-Kubernetes"},
		"an unknown domain":     {`ipfix: {observationDomain: Each}`, "supported values"},
		"an agent with a quote": {`sFlow: {agent: "a\"b"}`, "should match"},
	} {
		t.Run(name, func(t *testing.T) {
			manifest := "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: bad}\nspec:\n  " + c.spec + "\n"
			result, err := shared.Run(t.Context(), cluster.Command{User: cluster.Admin, Stdin: manifest, Args: []string{"create", "--dry-run=server", "-f", "-"}})
			if err != nil {
				t.Fatal(err)
			}
			if result.OK() || !strings.Contains(result.All(), c.message) {
				t.Errorf("kubectl said %q, not %q", result.All(), c.message)
			}
		})
	}
}

// offProfile switches export off on every node.
const offProfile = "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: private}\nspec: {export: false}\n"

// hasNoRow waits until nothing is exported from br-int, and nothing more is to be done.
func hasNoRow(t *testing.T, n *node.Node) {
	t.Helper()
	eventually(t, func(context.Context) string { return rows(t, n) })
	hasCondition(t, n.Name, "Applied", "True", "ExportOff")
	hasCondition(t, n.Name, "Exporting", "False", "Off")
}

func TestAProfileKeepsANodeFromExportingWhateverOVNKubeNodeDoes(t *testing.T) {
	f := newFleet(t, "node-a", "node-b")
	_, first := listen(t, f, false)
	_, second := listen(t, f, false)
	apply(t, offProfile)
	list := func(target string) string {
		return `{"netFlow":{"collectors":["` + target + `"]},"sFlow":{"collectors":["` + target + `"]},"ipfix":{"collectors":["` + target + `"]}}`
	}
	all := func(target string) map[string][]string {
		return map[string][]string{"netflow": {target}, "sflow": {target}, "ipfix": {target}}
	}
	export(t, list(first))
	// On one node ovnkube-node starts before the agent, on the other after it.
	ovnkubeStart(t, f.Nodes[0], all(first))
	for _, n := range f.Nodes {
		startAgent(t, f, n)
		hasNoRow(t, n)
	}
	ovnkubeStart(t, f.Nodes[1], all(first))
	hasNoRow(t, f.Nodes[1])
	// The operator rolls out each change of the lists with a start of ovnkube-node; one that
	// it has not reached yet may start with the lists of before.
	export(t, list(second))
	for i, target := range []string{second, first} {
		hasCondition(t, f.Nodes[i].Name, "Applied", "True", "ExportOff")
		ovnkubeStart(t, f.Nodes[i], all(target))
		hasNoRow(t, f.Nodes[i])
	}
	// The ConfigMap's parameters are the cluster's too.
	apply(t, `apiVersion: v1
kind: ConfigMap
metadata: {name: ovs-flows-config, namespace: openshift-network-operator}
data: {sharedTarget: "`+first+`", sampling: "100", cacheActiveTimeout: 20s, cacheMaxFlows: "7"}
`)
	vsctl(t, f.Nodes[0], "--", "--id=@r", "create", "IPFIX", `targets=["`+first+`","`+second+`"]`, "sampling=100", "cache_active_timeout=20", "cache_max_flows=7",
		"--", "set", "bridge", "br-int", "ipfix=@r")
	hasNoRow(t, f.Nodes[0])
}

// A row that OVN-Kubernetes can't have made is another program's, also where export is off.
func TestAnExportThatTheClusterNeverWantedIsLeftButNotCalledOff(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	apply(t, offProfile)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n)
	hasNoRow(t, n)
	// OVN-Kubernetes makes no row with this agent.
	vsctl(t, n, "--", "--id=@r", "create", "sFlow", `targets=["`+target+`"]`, "agent=eth0", "sampling=64", "--", "set", "bridge", "br-int", "sflow=@r")
	hasCondition(t, n.Name, "Applied", "False", "ForeignExport")
	hasCondition(t, n.Name, "Exporting", "True", "Unwanted")
	if got := vsctl(t, n, "list", "sFlow"); !strings.Contains(got, target) {
		t.Errorf("another writer's row was removed; left is:\n%s", got)
	}
	out, code := plugin(t, "", "status")
	if code != 1 || !strings.Contains(out, "0 of 1 node is up to date, 0 export") {
		t.Errorf("status says, with exit status %d:\n%s", code, out)
	}
	if strings.Count(out, "node-a: ") != 1 || !strings.Contains(out, "node-a: ForeignExport: ") || !strings.Contains(strings.Join(strings.Fields(out), " "), target) {
		t.Errorf("status does not say in one problem what another program exports:\n%s", out)
	}
}

func TestAListOfTwoChangesAgoDoesNotComeBack(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, first := listen(t, f, false)
	_, second := listen(t, f, false)
	startAgent(t, f, n)
	for _, target := range []string{first, second} {
		export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
		hasCondition(t, n.Name, "Applied", "True", "InSync")
	}
	export(t, `null`)
	hasCondition(t, n.Name, "Applied", "True", "NothingConfigured")
	ovnkubeStart(t, n, map[string][]string{"netflow": {first}})
	eventually(t, func(context.Context) string { return rows(t, n) })
	hasCondition(t, n.Name, "Applied", "True", "NothingConfigured")
}

// A Node is deleted to make the kubelet register again. Its labels are unknown meanwhile, not
// empty.
func TestADeletedNodeDoesNotStartToExport(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, first := listen(t, f, false)
	_, second := listen(t, f, false)
	apply(t, "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: private}\nspec: {export: false, nodeSelector: {matchLabels: {role: private}}}\n")
	kubectl(t, "label", "node", n.Name, "role=private")
	export(t, `{"netFlow":{"collectors":["`+first+`"]}}`)
	a := startAgent(t, f, n)
	hasNoRow(t, n)
	h := record(t, n)
	kubectl(t, "delete", "node", n.Name)
	export(t, `{"netFlow":{"collectors":["`+second+`"]}}`)
	eventually(t, func(context.Context) string {
		if strings.Contains(a.Log(), "there is no Node of this name") {
			return ""
		}
		return "the agent does not say that its Node is missing"
	})
	if err := f.AddNode(t.Context(), n.Name, n.Address(false), "role=private"); err != nil {
		t.Fatal(err)
	}
	hasNoRow(t, n)
	if states := h.all(); len(states) != 1 || states[0] != "||" {
		t.Errorf("the node exported: %q", states)
	}
}
