package applier

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"sluice/test/harness/node"
)

// grow makes the IPFIX row of a node too large for an argument of a program.
func grow(t *testing.T, n *node.Node, pieces int) {
	t.Helper()
	for i := range pieces {
		vsctl(t, n, "set", "IPFIX", "br-int", fmt.Sprintf("other_config:k%d=%s", i, strings.Repeat("y", 60_000)))
	}
}

// Kind of fault: a row of another program's size kept Sluice from removing and repairing its own, and its
// report from being stored.
func TestARowOfAnySizeIsReportedRemovedAndRepaired(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	vsctl(t, n, "--", "--id=@i", "create", "IPFIX", `targets="192.0.2.1:4739"`, "--", "set", "Bridge", "br-int", "ipfix=@i")
	grow(t, n, 40)
	startAgent(t, f, n)
	hasCondition(t, n.Name, "Drifted", "True", "ForeignWrite")
	if got := len(kubectl(t, "get", "nodeflowexport", n.Name, "-o", "json")); got > 20_000 {
		t.Errorf("the report has %d bytes", got)
	}
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	if got := vsctl(t, n, "list", "IPFIX"); len(got) > 2000 || !strings.Contains(got, target) {
		t.Errorf("it was not repaired: %d bytes", len(got))
	}
	grow(t, n, 4)
	apply(t, private)
	eventually(t, func(context.Context) string {
		if got := rows(t, n); got != "" {
			return fmt.Sprintf("%d bytes of rows are left", len(got))
		}
		return ""
	})
	hasCondition(t, n.Name, "Applied", "True", "ExportOff")
}
