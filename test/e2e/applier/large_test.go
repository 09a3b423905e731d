package applier

import (
	"context"
	"fmt"
	"os"
	"strconv"
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

// A user who may edit the ConfigMap must not decide how much memory every agent needs. As JSON, the event about this
// ConfigMap has 3 MB, and took an agent 18 MiB.
func TestALargeConfigMapTakesLittleMemory(t *testing.T) {
	f := newFleet(t, "node-a")
	_, target := listen(t, f, false)
	a := startAgent(t, f, f.Nodes[0])
	hasCondition(t, "node-a", "Applied", "True", "NothingConfigured")
	before := peak(t, a.PID)
	apply(t, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"ovs-flows-config","namespace":"openshift-network-operator"},
		"data":{"junk":"`+strings.Repeat("<", 480_000)+`","sharedTarget":"`+target+`","sampling":"7"}}`)
	eventually(t, func(context.Context) string {
		if got := vsctl(t, f.Nodes[0], "--bare", "--columns=sampling", "list", "IPFIX"); strings.TrimSpace(got) != "7" {
			return "sampling is " + got
		}
		return ""
	})
	if more := peak(t, a.PID) - before; more > 10<<20 {
		t.Errorf("the peak grew by %d MiB", more>>20)
	}
}

// peak is the largest resident memory that a process had, in bytes.
func peak(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatalf("no VmHWM in %s", status)
	return 0
}
