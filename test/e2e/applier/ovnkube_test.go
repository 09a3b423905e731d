package applier

import (
	"strings"
	"testing"

	"sluice/test/harness/node"
)

// ovnkubeStart does to Open vSwitch what ovnkube-node does when it starts with these
// targets: it clears all in one transaction and then sets each format in one of its own.
func ovnkubeStart(t *testing.T, n *node.Node, targets map[string][]string) {
	t.Helper()
	vsctl(t, n, "--", "clear", "bridge", "br-int", "netflow", "--", "clear", "bridge", "br-int", "sflow", "--", "clear", "bridge", "br-int", "ipfix")
	for _, format := range []struct {
		table, column string
		settings      []string
	}{
		{"netflow", "netflow", []string{"active_timeout=60"}},
		{"sflow", "sflow", []string{"agent=ovn-k8s-mp0"}},
		{"ipfix", "ipfix", []string{"cache_active_timeout=60", "sampling=400"}},
	} {
		list := targets[format.table]
		if len(list) == 0 {
			continue
		}
		args := append([]string{"--", "--id=@r", "create", format.table, `targets=["` + strings.Join(list, `","`) + `"]`}, format.settings...)
		vsctl(t, n, append(args, "--", "set", "bridge", "br-int", format.column+"=@r")...)
	}
}

// nextConfig counts the transactions that wanted ovs-vswitchd's attention.
func nextConfig(t *testing.T, n *node.Node) string {
	t.Helper()
	return strings.TrimSpace(vsctl(t, n, "get", "Open_vSwitch", ".", "next_cfg"))
}

// rows are all rows of the three tables.
func rows(t *testing.T, n *node.Node) string {
	t.Helper()
	return vsctl(t, n, "list", "NetFlow", "--", "list", "sFlow", "--", "list", "IPFIX")
}
