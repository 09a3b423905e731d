package applier

import (
	"context"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"sluice/test/harness/nodes"
)

// newQuietFleet is newFleet with a datapath through which nothing passes that a test does not send.
func newQuietFleet(t *testing.T, names ...string) *nodes.Fleet {
	t.Helper()
	reset(t)
	f, err := nodes.Start(t.Context(), shared, nodes.Options{Nodes: names, Dummy: true, Program: agentProgram})
	t.Cleanup(func() {
		if err := f.Stop(); err != nil {
			t.Error(err)
		}
		reset(t)
		if err := shared.Client.DeleteAllOf(context.WithoutCancel(t.Context()), &corev1.Node{}); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Kind of fault: nothing to export looked like a fault. NetFlow alone sends nothing without traffic, neither counters
// nor templates.
func TestAnIdleNodeIsToldFromABrokenOne(t *testing.T) {
	f := newQuietFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	out, code := plugin(t, "", "verify", "--timeout=3s")
	expect(t, out, code, 0, "idle: no packet passed the bridge")

	// With a timeout of 60 seconds, records of what passes now come later than the verification ends.
	stop := traffic(t, n)
	out, code = plugin(t, "", "verify", "--timeout=3s")
	if strings.Contains(out, "idle") {
		t.Errorf("a node with traffic is called idle:\n%s", out)
	}
	if code == 0 { // Open vSwitch expired the flows when it was configured, so that there were records
		expect(t, out, code, 0, "ok")
	} else {
		expect(t, out, code, 1, "no datagrams")
	}
	stop()

	apply(t, fastProfile)
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	stop = traffic(t, n)
	out, code = plugin(t, "", "verify", "--timeout=30s")
	stop()
	expect(t, out, code, 0, "ok")
}
