package applier

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"sluice/api/v1alpha1"
	"sluice/test/harness/node"
	"sluice/test/harness/nodes"
	"sluice/test/harness/require"
)

// newTenants makes a node with a pod of each of two tenants, and their namespaces.
func newTenants(t *testing.T) (*nodes.Fleet, *node.Node) {
	t.Helper()
	require.Root(t, "traffic between pods")
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	owner(t, n, 1, "team-a_web")
	owner(t, n, 2, "team-b_web")
	for _, namespace := range []string{"team-a", "team-b"} {
		apply(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: "+namespace+"}")
	}
	apply(t, fastProfile)
	t.Cleanup(func() { kubectl(t, "delete", "flowexports", "--all", "--all-namespaces") })
	return f, n
}

// owner sets whose interface one is.
func owner(t *testing.T, n *node.Node, pod int, ifaceID string) {
	t.Helper()
	if err := n.SetOwner(t.Context(), pod, ifaceID); err != nil {
		t.Fatal(err)
	}
}

// flowExport creates or changes a FlowExport. The controller is not part of these tests, so its verdict is
// written here.
func flowExport(t *testing.T, namespace string, targets ...string) {
	t.Helper()
	apply(t, fmt.Sprintf("apiVersion: sluice.dev/v1alpha1\nkind: FlowExport\nmetadata: {name: siem, namespace: %s}\nspec: {ipfix: {collectors: [%s]}}",
		namespace, `"`+strings.Join(targets, `","`)+`"`))
}

// accept accepts a FlowExport in its present generation.
func accept(t *testing.T, namespace string) {
	t.Helper()
	generation := kubectl(t, "get", "flowexport", "siem", "-n", namespace, "-o", "jsonpath={.metadata.generation}")
	kubectl(t, "patch", "flowexport", "siem", "-n", namespace, "--subresource=status", "--type=merge", "-p", fmt.Sprintf(
		`{"status":{"observedGeneration":%s,"conditions":[{"type":"Accepted","status":"True","reason":"Allowed","message":"","observedGeneration":%s,"lastTransitionTime":"2026-01-01T00:00:00Z"}]}}`,
		generation, generation))
}

// ownTargets are the agent's own targets in the IPFIX row of a node.
func ownTargets(t *testing.T, n *node.Node) (own, others []string) {
	t.Helper()
	for line := range strings.Lines(rows(t, n)) {
		for part := range strings.SplitSeq(line, `"`) {
			switch {
			case strings.HasPrefix(part, "127.0.0.1:"):
				own = append(own, part)
			case strings.Count(part, ":") == 1 && strings.Count(part, ".") == 3:
				others = append(others, part)
			}
		}
	}
	return own, others
}

// hasOwnTarget waits until the row has one own target, and so many others.
func hasOwnTarget(t *testing.T, n *node.Node, others int) string {
	t.Helper()
	target := ""
	eventually(t, func(context.Context) string {
		own, rest := ownTargets(t, n)
		if len(own) != 1 || len(rest) != others {
			return "not one own target and " + fmt.Sprint(others) + " others:\n" + rows(t, n)
		}
		target = own[0]
		return ""
	})
	return target
}

// entry waits until the report of a FlowExport is as expected, and says why a node does not send.
func entry(t *testing.T, n *node.Node, namespace string, says func(v1alpha1.NodeFlowExportEntry) bool) {
	t.Helper()
	eventually(t, func(ctx context.Context) string {
		r, err := shared.Report(ctx, n.Name)
		if err != nil || r == nil {
			return fmt.Sprint("no report: ", err)
		}
		for _, e := range r.Status.FlowExports {
			if e.Namespace == namespace && says(e) {
				return ""
			}
		}
		return fmt.Sprintf("the report says %+v", r.Status.FlowExports)
	})
}

func sending(e v1alpha1.NodeFlowExportEntry) bool {
	return e.Reason == "" && e.Records > 0 && e.LastRecord != nil && e.Collectors[0].State == v1alpha1.CollectorSending
}

// gets sends packets until a tenant's collector got some.
func gets(t *testing.T, n *node.Node, what string, collectors ...*received) {
	t.Helper()
	before := make([]int, len(collectors))
	for i, c := range collectors {
		before[i] = c.packets()
	}
	eventually(t, func(ctx context.Context) string {
		if err := n.Traffic(ctx, 4); err != nil {
			return err.Error()
		}
		for i, c := range collectors {
			if c.packets() == before[i] {
				return fmt.Sprintf("%s: collector %d got nothing", what, i)
			}
		}
		return ""
	})
}

// packets counts the packets between pods over UDP.
func (r *received) packets() (count int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.messages {
		for _, record := range m.Records {
			if record.Protocol == 17 {
				count += int(record.Packets)
			}
		}
	}
	return count
}

// names are the interfaces that the records name.
func (r *received) names() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	names := map[string]bool{}
	for _, m := range r.messages {
		for _, record := range m.Records {
			names[record.InterfaceName] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// Without collectors of the cluster, the row exists for tenants only.
func TestTenantsGetTheirRecords(t *testing.T) {
	f, n := newTenants(t)
	a, targetA := listen(t, f, false)
	b, targetB := listen(t, f, false)
	startAgent(t, f, n)
	flowExport(t, "team-a", targetA)
	hasCondition(t, n.Name, "Applied", "True", "NothingConfigured")
	if own, _ := ownTargets(t, n); len(own) > 0 {
		t.Errorf("a FlowExport that is not accepted has the target %s", own)
	}
	accept(t, "team-a")
	first := hasOwnTarget(t, n, 0)
	flowExport(t, "team-b", targetB)
	accept(t, "team-b")
	gets(t, n, "two tenants", a, b)
	entry(t, n, "team-a", sending)
	entry(t, n, "team-b", sending)
	if target := hasOwnTarget(t, n, 0); target != first {
		t.Errorf("another tenant changes the target from %s to %s", first, target)
	}
	last := hasCondition(t, n.Name, "Drifted", "False", "None")
	hasCondition(t, n.Name, "Applied", "True", "NothingConfigured")
	for _, s := range last.Status.Formats {
		if s.Applied != nil || len(s.Collectors) > 0 || s.Summary != "off" {
			t.Errorf("the report about the cluster's lists: %+v", s)
		}
	}

	t.Log("ovnkube-node starts")
	ovnkubeStart(t, n, nil)
	gets(t, n, "after a start of ovnkube-node", a, b)

	t.Log("a collector moves, and its former one gets nothing more")
	moved, targetMoved := listen(t, f, false)
	flowExport(t, "team-a", targetMoved)
	entry(t, n, "team-b", sending)
	accept(t, "team-a")
	gets(t, n, "another collector", moved, b)
	before := a.packets()
	gets(t, n, "another collector", moved, b)
	if a.packets() != before {
		t.Error("the former collector gets records")
	}

	t.Log("export: false")
	apply(t, strings.ReplaceAll(fastProfile, "spec:", "spec:\n  export: false"))
	entry(t, n, "team-b", func(e v1alpha1.NodeFlowExportEntry) bool { return e.Reason == v1alpha1.ReasonExportOff })
	noVerificationTarget(t, n)
	hasCondition(t, n.Name, "Applied", "True", "ExportOff")
	kubectl(t, "delete", "flowexportprofile", "fast")
	apply(t, fastProfile)
	gets(t, n, "export is on again", moved, b)

	t.Log("the pods leave")
	owner(t, n, 1, "")
	owner(t, n, 2, "")
	noVerificationTarget(t, n)
	eventually(t, func(ctx context.Context) string {
		r, err := shared.Report(ctx, n.Name)
		if err != nil || len(r.Status.FlowExports) > 0 {
			return fmt.Sprintf("%+v, %v", r.Status.FlowExports, err)
		}
		return ""
	})
	if names := slices.Concat(a.names(), moved.names()); slices.Contains(names, "pod2") {
		t.Errorf("team-a got records of %s", names)
	}
	if names := b.names(); !slices.Equal(names, []string{"pod2"}) {
		t.Errorf("team-b got records of %s", names)
	}
}

// The collectors of the cluster are not affected, whatever the tenants do.
func TestTenantsBesideTheCluster(t *testing.T) {
	f, n := newTenants(t)
	a, targetA := listen(t, f, false)
	all, target := listen(t, f, false)
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	agent := startAgent(t, f, n)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	flowExport(t, "team-a", targetA)
	accept(t, "team-a")
	first := hasOwnTarget(t, n, 1)
	gets(t, n, "tenant and cluster", a, all)
	entry(t, n, "team-a", sending)
	truth := func(what string) {
		t.Helper()
		hasCondition(t, n.Name, "Drifted", "False", "None")
		last := hasCondition(t, n.Name, "Applied", "True", "InSync")
		i := slices.IndexFunc(last.Status.Formats, func(s v1alpha1.FormatStatus) bool { return s.Format == v1alpha1.FormatIPFIX })
		s := last.Status.Formats[i]
		if !slices.Equal(s.Applied.Targets, []string{target}) || len(s.Collectors) != 1 || s.Class != v1alpha1.DriftInSync {
			t.Errorf("%s: the report about the cluster's list: %+v %+v", what, s, s.Applied)
		}
	}
	truth("tenant and cluster")

	ovnkubeStart(t, n, map[string][]string{"ipfix": {target}})
	gets(t, n, "after a start of ovnkube-node", a, all)
	truth("after a start of ovnkube-node")

	agent.Kill()
	startAgent(t, f, n)
	eventually(t, func(context.Context) string {
		if hasOwnTarget(t, n, 1) == first {
			return "the target is that of the agent that was killed"
		}
		return ""
	})
	gets(t, n, "after the agent was killed", a, all)
	truth("after the agent was killed")

	kubectl(t, "delete", "flowexport", "siem", "-n", "team-a")
	noVerificationTarget(t, n)
	truth("without tenants")
	gets(t, n, "without tenants", all)
}

// A report of an idle node is not written again and again, and a busy one not with each record.
func TestCountersOfTenantsAreNotWrittenWithEachLook(t *testing.T) {
	f, n := newTenants(t)
	a, targetA := listen(t, f, false)
	agent := startAgent(t, f, n, "--resync=300ms", "--poll=100ms")
	flowExport(t, "team-a", targetA)
	accept(t, "team-a")
	gets(t, n, "the tenant", a)
	entry(t, n, "team-a", sending)
	state := func() string {
		return nextConfig(t, n) + " " + kubectl(t, "get", "nodeflowexport", n.Name, "-o", "jsonpath={.metadata.resourceVersion}")
	}
	before := ""
	eventually(t, func(context.Context) string {
		last := before
		if before = state(); last != before {
			return "not settled"
		}
		return ""
	})
	written := agent.Writes()
	for range 10 {
		gets(t, n, "the tenant", a)
	}
	if after := state(); after != before || agent.Writes() != written {
		t.Errorf("written: %s, then %s; %d transactions, then %d", before, after, written, agent.Writes())
	}
}
