package ovs_test

import (
	"strings"
	"testing"

	"sluice/applier/ovs"
	"sluice/validation"
)

func TestAReopeningChangesAColumnAndRestoresIt(t *testing.T) {
	for _, c := range []struct {
		format        validation.Format
		settings      ovs.Settings
		first, second string
	}{
		{validation.NetFlow, ovs.Settings{}, "", ""},
		{validation.SFlow, ovs.Settings{}, "wait-until sFlow row polling=[] -- set sFlow row polling=31", "wait-until sFlow row polling=31 -- clear sFlow row polling"},
		{validation.SFlow, ovs.Settings{ovs.Polling: "5"}, "wait-until sFlow row polling=5 -- set sFlow row polling=6", "wait-until sFlow row polling=6 -- set sFlow row polling=5"},
		{validation.IPFIX, ovs.Settings{ovs.CacheActiveTimeout: "60"}, "wait-until IPFIX row cache_active_timeout=60 -- set IPFIX row cache_active_timeout=61", "wait-until IPFIX row cache_active_timeout=61 -- set IPFIX row cache_active_timeout=60"},
		{validation.IPFIX, ovs.Settings{ovs.CacheActiveTimeout: "4200"}, "wait-until IPFIX row cache_active_timeout=4200 -- set IPFIX row cache_active_timeout=4199", "wait-until IPFIX row cache_active_timeout=4199 -- set IPFIX row cache_active_timeout=4200"},
	} {
		got := ovs.ReopenArguments(ovs.Bridge{Name: "br-int"}, ovs.Row{UUID: "row", Exporter: ovs.Exporter{Format: c.format, Settings: c.settings}})
		if c.first == "" {
			if got != nil {
				t.Errorf("%s: %q", c.format, got)
			}
			continue
		}
		for i, want := range []string{"-- " + c.first, "-- " + c.second} {
			if text := strings.Join(got[i], " "); text != want {
				t.Errorf("%s %v: transaction %d is %q, want %q", c.format, c.settings, i+1, text, want)
			}
		}
	}
}
