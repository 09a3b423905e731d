package applier

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sluice/test/harness/node"
	"sluice/test/harness/require"
)

// hasColumn reports whether the server of a node has a column.
func hasColumn(t *testing.T, n *node.Node, table, column string) bool {
	t.Helper()
	out, err := n.Command(t.Context(), "ovsdb-client", "get-schema", "unix:"+n.Socket(), "Open_vSwitch").Output()
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Tables map[string]struct{ Columns map[string]any }
	}
	if err := json.Unmarshal(out, &schema); err != nil {
		t.Fatal(err)
	}
	_, has := schema.Tables[table].Columns[column]
	return has
}

// startSkewed starts an agent with the tools of another release than the node's.
func startSkewed(t *testing.T, server, tools node.Release) (*node.Node, func(flags ...string)) {
	t.Helper()
	f := newFleetOf(t, server, "node-a")
	n := f.Nodes[0]
	return n, func(flags ...string) {
		t.Helper()
		a, err := f.StartAgentWithTools(t.Context(), n, tools, append([]string{"--hold-down=1s", "--resync=2s", "--poll=300ms"}, flags...)...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if t.Failed() {
				t.Logf("log of the agent:\n%s", a.Log())
			}
		})
	}
}

const skewedProfile = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportProfile
metadata: {name: templates}
spec: {ipfix: {sampling: 2000, templateInterval: %s}}
`

// message is the message of a condition.
func message(t *testing.T, name, kind string) string {
	t.Helper()
	return kubectl(t, "get", "nodeflowexport", name, "-o", "jsonpath={.status.conditions[?(@.type=='"+kind+"')].message}")
}

// TestTheToolsOfTheImageAreOlderThanTheNode: columns that ovs-vsctl does not know are set, seen,
// repaired and cleared all the same.
func TestTheToolsOfTheImageAreOlderThanTheNode(t *testing.T) {
	n, start := startSkewed(t, node.Debian13, node.Debian12)
	apply(t, fmt.Sprintf(skewedProfile, "60"))
	export(t, `{"netFlow":{"collectors":["192.168.1.98:2055"]},"ipfix":{"collectors":["192.168.1.98:4739"]}}`)
	start()
	has := func(values ...string) {
		t.Helper()
		eventually(t, func(context.Context) string {
			got := vsctl(t, n, "--columns=sampling,template_interval", "list", "IPFIX")
			for _, v := range values {
				if !strings.Contains(got, ": "+v+"\n") && !strings.HasSuffix(got, ": "+v) {
					return fmt.Sprintf("no %s in\n%s", v, got)
				}
			}
			return ""
		})
	}
	report := hasCondition(t, n.Name, "Applied", "True", "InSync")
	has("2000", "60")
	if got := report.Status.Formats[2].Applied; got == nil || got.Parameters["template_interval"] != "60" {
		t.Errorf("the report says of IPFIX: %+v", got)
	}
	apply(t, fmt.Sprintf(skewedProfile, "61"))
	has("2000", "61")
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	// What another writer does to such a column is seen and repaired.
	vsctl(t, n, "set", "IPFIX", strings.Fields(vsctl(t, n, "--bare", "--columns=_uuid", "list", "IPFIX"))[0], "template_interval=7")
	has("2000", "61")
	kubectl(t, "delete", "flowexportprofile", "templates")
	has("400", "[]")
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	export(t, `null`)
	hasCondition(t, n.Name, "Applied", "True", "NothingConfigured")
	if got := rows(t, n); got != "" {
		t.Errorf("left: %s", got)
	}
}

// TestTheToolsOfTheImageAreNewerThanTheNode: no transaction names a column that the node lacks, and the
// report says that it is the node that lacks it.
func TestTheToolsOfTheImageAreNewerThanTheNode(t *testing.T) {
	n, start := startSkewed(t, node.Debian12, node.Debian13)
	apply(t, fmt.Sprintf(skewedProfile, "60"))
	export(t, `{"netFlow":{"collectors":["192.168.1.98:2055"]},"ipfix":{"collectors":["192.168.1.98:4739"]}}`)
	start()
	hasCondition(t, n.Name, "Applied", "True", "PartlySupported")
	if got := message(t, n.Name, "Applied"); !strings.Contains(got, "template_interval (requires Open vSwitch 3.2 or later)") {
		t.Errorf("the message is %q", got)
	}
	if got := vsctl(t, n, "--columns=sampling,targets", "list", "IPFIX"); !strings.Contains(got, ": 2000") {
		t.Errorf("the other parameters are not applied:\n%s", got)
	}
	kubectl(t, "delete", "flowexportprofile", "templates")
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	export(t, `null`)
	hasCondition(t, n.Name, "Applied", "True", "NothingConfigured")
}

// TestDropsAreExportedWithToolsOfAnotherRelease sets the options of OVN.
func TestDropsAreExportedWithToolsOfAnotherRelease(t *testing.T) {
	require.Root(t, "the namespaces that OVN's datapath needs")
	for _, c := range []struct{ server, tools node.Release }{{node.Debian12, node.Debian13}, {node.Debian13, node.Debian12}} {
		t.Run(fmt.Sprintf("OVN of Debian %s, tools of Debian %s", c.server, c.tools), func(t *testing.T) {
			n, start := startSkewed(t, c.server, c.tools)
			ovn, err := n.StartOVN(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(ovn.Stop)
			apply(t, "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: drops}\nspec: {drops: {collectorSet: 99, domain: 7}, ipfix: {templateInterval: 60}}\n")
			export(t, `{"ipfix":{"collectors":["192.168.1.98:4739"]}}`)
			start("--ovn-nb-db=unix:" + ovn.NBSocket())
			report := hasCondition(t, n.Name, "Applied", "True", "")
			if d := report.Status.Drops; d == nil || d.State != "Sampling" || d.Domain != 7 || d.Message != "" {
				t.Errorf("the report says of drops: %+v", d)
			}
			kubectl(t, "delete", "flowexportprofile", "drops")
			eventually(t, func(ctx context.Context) string {
				options, err := ovn.Nbctl(ctx, "get", "NB_Global", ".", "options")
				if err != nil || strings.Contains(options, "debug_drop") {
					return fmt.Sprint("left: ", options, err)
				}
				return vsctl(t, n, "list", "Flow_Sample_Collector_Set")
			})
		})
	}
}

// TestTheSuiteUsesTheChosenRelease: a suite that chooses a release must not run with another one.
func TestTheSuiteUsesTheChosenRelease(t *testing.T) {
	newer := hasColumn(t, newFleet(t, "node-a").Nodes[0], "IPFIX", "template_interval")
	switch release := node.ChosenRelease(); release {
	case node.Debian12, node.Debian13:
		if newer != (release == node.Debian13) {
			t.Errorf("Debian %s was chosen; Open vSwitch 3.2 or later: %t", release, newer)
		}
	default: // whatever this machine has
	}
}
