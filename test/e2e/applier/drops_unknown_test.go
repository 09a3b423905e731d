package applier

import (
	"strings"
	"testing"

	"sluice/test/harness/require"
)

// Kind of fault: what can't be read was told as what is not so. OVN goes on sampling while its northbound database is
// away, so an agent that starts then knows nothing of it.
func TestDropsAreUnknownWithoutTheNorthboundDatabase(t *testing.T) {
	require.Root(t, "the namespaces that OVN's datapath needs")
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	ovn, err := n.StartOVN(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ovn.Stop)
	_, target := listen(t, f, false)
	apply(t, "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: drops}\nspec: {drops: {domain: 7, collectorSet: 99}}\n")
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	a := startAgent(t, f, n, "--ovn-nb-db=unix:"+ovn.NBSocket())
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	before := vsctl(t, n, "list", "Flow_Sample_Collector_Set") + rows(t, n)
	a = startAgent(t, f, n, "--ovn-nb-db=unix:"+ovn.NBSocket()+".away")
	report := hasCondition(t, n.Name, "Applied", "Unknown", "DropsUnknown")
	if d := report.Status.Drops; d == nil || d.State != "Unknown" || !strings.Contains(d.Message, "it is unknown whether OVN samples dropped packets") {
		t.Errorf("the report says of drops: %+v", d)
	}
	if after := vsctl(t, n, "list", "Flow_Sample_Collector_Set") + rows(t, n); after != before {
		t.Errorf("Open vSwitch was changed:\n%s\nbefore:\n%s", after, before)
	}
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	startAgent(t, f, n, "--ovn-nb-db=unix:"+ovn.NBSocket())
	hasCondition(t, n.Name, "Applied", "True", "InSync")
}
