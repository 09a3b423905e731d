package applier

import (
	"context"
	"strings"
	"testing"
)

func TestAPatchReachesOpenVSwitchAndItsRemovalToo(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	startAgent(t, f, n)
	hasCondition(t, n.Name, "Applied", "True", "NothingConfigured")
	collector := f.Network.CollectorAddress(false)
	export(t, `{"netFlow":{"collectors":["`+collector+`:2056"]}}`)
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	got := vsctl(t, n, "find", "NetFlow")
	for _, want := range []string{"active_timeout      : 60", "external_ids        : {}", `targets             : ["` + collector + `:2056"]`} {
		if !strings.Contains(got, want) {
			t.Errorf("find NetFlow printed no %q:\n%s", want, got)
		}
	}
	kubectl(t, "patch", "network.operator", "cluster", "--type=json", `-p=[{"op":"remove", "path":"/spec/exportNetworkFlows"}]`)
	eventually(t, func(ctx context.Context) string { return vsctl(t, n, "find", "NetFlow") })
	hasCondition(t, n.Name, "Applied", "True", "NothingConfigured")
}
