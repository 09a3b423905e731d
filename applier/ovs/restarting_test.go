package ovs_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/applier/ovs"
	"sluice/validation"
)

func TestARestartRestoresTheTargets(t *testing.T) {
	row := ovs.Row{UUID: "row", Exporter: ovs.Exporter{Format: validation.IPFIX, Targets: []string{"192.0.2.1:4739", "[2001:db8::1]:4739"}}}
	const targets = `targets=["192.0.2.1:4739","[2001:db8::1]:4739"]`
	want := [][]string{
		{"--", "wait-until", "IPFIX", "row", targets, "--", "clear", "IPFIX", "row", "targets"},
		{"--", "wait-until", "IPFIX", "row", "targets=[]", "--", "set", "IPFIX", "row", targets},
	}
	if diff := cmp.Diff(want, ovs.RestartArguments(row)); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
}
