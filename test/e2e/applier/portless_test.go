package applier

import "testing"

// Kind of fault: Open vSwitch sends to a target without a port, which another program may write, and the report said that it
// can't use it. A host name it can't use, and neither can NetFlow do without a port.
func TestATargetWithoutAPortIsOpen(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	startAgent(t, f, n)
	hasCondition(t, n.Name, "Applied", "True", "NothingConfigured")
	vsctl(t, n, "--", "--id=@i", "create", "IPFIX", `targets=["192.168.1.98"]`,
		"--", "--id=@s", "create", "sFlow", `targets=["192.168.1.98"]`, "agent=127.0.0.1",
		"--", "--id=@n", "create", "NetFlow", `targets=["192.168.1.98"]`,
		"--", "set", "Bridge", "br-int", "ipfix=@i", "sflow=@s", "netflow=@n")
	hasStates(t, n, map[string]string{"IPFIX": healthy, "SFlow": healthy, "NetFlow": "NotOpen"})
	vsctl(t, n, "set", "IPFIX", "br-int", `targets=["localhost:4739"]`)
	hasStates(t, n, map[string]string{"IPFIX": "NotOpen", "SFlow": healthy})
}
