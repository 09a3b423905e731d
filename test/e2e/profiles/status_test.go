package profiles

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/yaml"

	"sluice/test/harness/cluster"
)

// says waits until the status of a profile is "MATCHED EFFECTIVE CONFLICTS" and its conditions have these
// reasons.
func says(t *testing.T, name, numbers string, reasons map[string]string) {
	t.Helper()
	eventually(t, func() string {
		p := get(t, name)
		s := p.Status
		var conflicts []string
		for _, c := range s.Conflicts {
			conflicts = append(conflicts, fmt.Sprintf("%s:%d", c.Profile, c.Nodes))
		}
		if got := fmt.Sprintf("%d %d %s", s.MatchedNodes, s.EffectiveNodes, conflicts); got != numbers || s.ObservedGeneration != p.Generation {
			return fmt.Sprintf("%s: %s, not %s", name, got, numbers)
		}
		for kind, reason := range reasons {
			if c := meta.FindStatusCondition(s.Conditions, kind); c == nil || c.Reason != reason || c.Message == "" {
				return fmt.Sprintf("%s: %s is %+v, not %s", name, kind, c, reason)
			}
		}
		return ""
	})
}

func node(name, role string) string {
	return fmt.Sprintf("{apiVersion: v1, kind: Node, metadata: {name: %s, labels: {role: %s}, annotations: {%q: x}}}\n---\n", name, role, "big.example.com/"+name)
}

func profile(name, spec string) string {
	return fmt.Sprintf("{apiVersion: sluice.dev/v1alpha1, kind: FlowExportProfile, metadata: {name: %s}, spec: %s}\n---\n", name, spec)
}

func TestTheStatusSaysWhereAProfileApplies(t *testing.T) {
	t.Cleanup(func() { reset(t) })
	apply(t, node("a", "edge")+node("b", "edge")+node("c", "core"))
	apply(t, profile("all", "{}")+profile("edge", "{priority: 5, nodeSelector: {matchLabels: {role: edge}}, drops: {}}")+
		profile("edge-2", "{priority: 5, nodeSelector: {matchLabels: {role: edge}}}")+profile("none", "{nodeSelector: {matchLabels: {role: nowhere}}}"))
	startController(t)
	says(t, "all", "3 1 []", map[string]string{"Accepted": "Accepted", "Effective": "Applies", "Conflict": "NoConflict"})
	says(t, "edge", "2 2 [edge-2:2]", map[string]string{"Effective": "Applies", "Conflict": "EqualPriority", "DropsExported": "NoCollectors"})
	says(t, "edge-2", "2 0 [edge:2]", map[string]string{"Effective": "Overridden", "Conflict": "EqualPriority"})
	says(t, "none", "0 0 []", map[string]string{"Effective": "NoNodes"})

	// No write while nothing changes, whatever else changes of a node.
	versions := func() string {
		return kubectl(t, "get", "flowexportprofiles", "-o", `jsonpath={range .items[*]}{.metadata.name}={.metadata.resourceVersion} {end}`)
	}
	before := versions()
	kubectl(t, "annotate", "node", "a", "example.com/x=y")
	kubectl(t, "patch", "node", "a", "--subresource=status", "--type=merge", "-p", `{"status":{"nodeInfo":{"kernelVersion":"6"}}}`)
	kubectl(t, "label", "node", "c", "role=edge", "--overwrite") // what comes after is seen
	says(t, "edge", "3 3 [edge-2:3]", nil)
	if after := versions(); strings.Fields(after)[3] != strings.Fields(before)[3] {
		t.Errorf("a status was written while nothing changed:\n%s\n%s", before, after)
	}
	kubectl(t, "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":{"ipfix":{"collectors":["192.0.2.1:4739"]}}}}`)
	says(t, "edge", "3 3 [edge-2:3]", map[string]string{"DropsExported": "Collectors"})
	kubectl(t, "delete", "node", "a")
	says(t, "edge", "2 2 [edge-2:2]", nil)
	if out := kubectl(t, "get", "flowexportprofiles"); !strings.Contains(out, "NODES") || !strings.Contains(out, "ACCEPTED") {
		t.Errorf("columns:\n%s", out)
	}
}

// The schema rejects selectors that can't be read. One that was stored before is reported.
func TestBadSelectors(t *testing.T) {
	t.Cleanup(func() { reset(t) })
	bad := map[string]string{
		"{key: role, operator: Eq, values: [edge]}":     "use In, NotIn, Exists or DoesNotExist",
		"{key: role, operator: In}":                     "require values",
		"{key: role, operator: Exists, values: [edge]}": "take no values",
	}
	for expression, message := range bad {
		result, err := shared.Run(t.Context(), cluster.Command{User: cluster.Admin, Stdin: profile("bad", "{nodeSelector: {matchExpressions: ["+expression+"]}}"), Args: []string{"create", "-f", "-"}})
		if err != nil || result.OK() || !strings.Contains(result.All(), message) {
			t.Errorf("%s: %v\n%s", expression, err, result.All())
		}
	}
	for _, expression := range []string{"{key: role, operator: In, values: [edge]}", "{key: role, operator: DoesNotExist}"} {
		apply(t, profile("good", "{nodeSelector: {matchExpressions: ["+expression+"]}}"))
	}
	text := withoutRules(t)
	apply(t, text)
	t.Cleanup(func() {
		if err := shared.InstallProfiles(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	eventually(t, func() string {
		result, err := shared.Run(t.Context(), cluster.Command{User: cluster.Admin, Stdin: profile("bad", "{nodeSelector: {matchExpressions: [{key: role, operator: Eq}]}}"), Args: []string{"apply", "-f", "-"}})
		if err != nil || !result.OK() {
			return fmt.Sprintf("%v %s", err, result.All())
		}
		return ""
	})
	if err := shared.InstallProfiles(t.Context()); err != nil {
		t.Fatal(err)
	}
	apply(t, node("a", "edge"))
	_, log := startController(t)
	if shared.Minor < 33 {
		// These API servers may refuse any status of such a profile. It is told once.
		eventually(t, func() string {
			if c := meta.FindStatusCondition(get(t, "bad").Status.Conditions, "Accepted"); c == nil && !strings.Contains(log.String(), "profile violates the schema") {
				return "the bad profile is not reported"
			}
			return ""
		})
		return
	}
	says(t, "bad", "0 0 []", map[string]string{"Accepted": "BadSelector", "Effective": "BadSelector"})
}

// withoutRules is the CRD without the rules of the selector, as it was once.
func withoutRules(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../manifests/crds/sluice.dev_flowexportprofiles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var crd map[string]any
	if err := yaml.Unmarshal(text, &crd); err != nil {
		t.Fatal(err)
	}
	version := crd["spec"].(map[string]any)["versions"].([]any)[0].(map[string]any)
	schema := version["schema"].(map[string]any)["openAPIV3Schema"].(map[string]any)
	for _, field := range []string{"spec", "nodeSelector"} {
		schema = schema["properties"].(map[string]any)[field].(map[string]any)
	}
	delete(schema, "x-kubernetes-validations")
	encoded, err := json.Marshal(crd)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

// The controller keeps only the labels of Nodes: 5,000 of them fit into its limit.
func TestManyNodesNeedLittleMemory(t *testing.T) {
	t.Cleanup(func() { reset(t) })
	const many = 5000
	if err := shared.AddNodes(t.Context(), many); err != nil {
		t.Fatal(err)
	}
	apply(t, profile("all", "{}")+profile("zone", "{priority: 1, nodeSelector: {matchLabels: {topology.kubernetes.io/zone: zone-1}}}"))
	c, _ := startController(t)
	says(t, "all", fmt.Sprintf("%d %d []", many, many-(many+1)/3), nil)
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.PID))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "VmHWM:")
	peak, err := strconv.Atoi(strings.Fields(rest)[0])
	if !found || err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	t.Logf("peak of the resident memory: %d MiB", peak>>10)
	if peak > 100<<10 {
		t.Errorf("%d MiB with %d nodes; the limit of the container is 128 MiB", peak>>10, many)
	}
}
