package ovs_test

import (
	"testing"

	"sluice/applier/ovs"
	"sluice/validation"
)

// A target is OVN-Kubernetes' only in the spelling of net.JoinHostPort and net.IP; it checks no range of
// ports.
func TestWhichTargetsOVNKubernetesWrites(t *testing.T) {
	evidence := ovs.Evidence{Shape: &ovs.Shape{Fixed: ovs.Settings{ovs.Agent: "ovn-k8s-mp0"}}}
	for target, removable := range map[string]bool{
		"192.0.2.1:6343": true, "[2001:db8::1]:6343": true, "192.0.2.1:70000": true, "192.0.2.1:-1": true,
		"192.0.2.1": false, "192.0.2.01:6343": false, "[2001:DB8::1]:6343": false, "[2001:db8:0::1]:6343": false, "[fe80::1%eth0]:6343": false,
		"[::ffff:192.0.2.1]:6343": false, "192.0.2.1:06343": false, "[192.0.2.1]:6343": false, "collector:6343": false, ":6343": false, "": false,
	} {
		row := ovs.Row{UUID: "row", Exporter: ovs.Exporter{Format: validation.SFlow, Targets: []string{target}, Settings: ovs.Settings{ovs.Agent: "ovn-k8s-mp0"}}}
		if got := ovs.Classify(nil, &row, evidence); got.Removable() != removable {
			t.Errorf("a row with target %q is %s", target, got.Class)
		}
	}
	none := ovs.Row{UUID: "row", Exporter: ovs.Exporter{Format: validation.SFlow, Settings: ovs.Settings{ovs.Agent: "ovn-k8s-mp0"}}}
	if got := ovs.Classify(nil, &none, evidence); got.Removable() {
		t.Errorf("a row without a target is %s", got.Class)
	}
}
