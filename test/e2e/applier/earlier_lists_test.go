package applier

import (
	"context"
	"strings"
	"testing"

	"sluice/test/harness/node"
)

const private = "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: private}\nspec: {export: false}\n"

// exportsNothing waits until a node is off, in the report and in Open vSwitch.
func exportsNothing(t *testing.T, n *node.Node) {
	t.Helper()
	eventually(t, func(context.Context) string {
		if got := rows(t, n); got != "" {
			return "rows are left:\n" + got
		}
		return ""
	})
	hasCondition(t, n.Name, "Exporting", "False", "Off")
	hasCondition(t, n.Name, "Applied", "True", "ExportOff")
}

// Kind of fault: on a node that is off, an ovnkube-node that was not rolled out has a list of which this
// agent knows nothing, or which was stored with a bridge that does not exist any more.
func TestAnEarlierListIsRemovedWhereExportIsOff(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, earlier := listen(t, f, false)
	_, today := listen(t, f, false)
	apply(t, private)
	all := map[string][]string{"netflow": {earlier}, "sflow": {earlier}, "ipfix": {earlier}}
	ovnkubeStart(t, n, all)
	exportTo(t, []string{today, today, today})
	a := startAgent(t, f, n)
	exportsNothing(t, n)

	vsctl(t, n, "del-br", "br-int", "--", "add-br", "br-int", "--", "set", "bridge", "br-int", "datapath_type=dummy")
	ovnkubeStart(t, n, all)
	exportsNothing(t, n)

	// Without an agent, the bridge is made again and the lists change.
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	vsctl(t, n, "del-br", "br-int", "--", "add-br", "br-int", "--", "set", "bridge", "br-int", "datapath_type=dummy")
	ovnkubeStart(t, n, all)
	export(t, `null`)
	startAgent(t, f, n)
	exportsNothing(t, n)
}

// Another program's row, one column apart from OVN-Kubernetes', is left and reported.
func TestAnotherProgramsRowIsLeftWhereExportIsOff(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	apply(t, private)
	vsctl(t, n, "--", "--id=@r", "create", "sFlow", `targets=["`+target+`"]`, "agent=ovn-k8s-mp0", "sampling=64", "--", "set", "bridge", "br-int", "sflow=@r")
	startAgent(t, f, n)
	report := hasCondition(t, n.Name, "Applied", "False", "ForeignExport")
	hasCondition(t, n.Name, "Exporting", "True", "Unwanted")
	for _, c := range report.Status.Conditions {
		if c.Type == "Applied" && !strings.Contains(c.Message, "not known to this agent") {
			t.Errorf("the message is %q", c.Message)
		}
	}
	if got := vsctl(t, n, "list", "sFlow"); !strings.Contains(got, target) {
		t.Errorf("the row was removed:\n%s", got)
	}
}
