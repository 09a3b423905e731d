package agent

import (
	"errors"
	"testing"
	"time"

	"sluice/applier/ovs"
	"sluice/applier/splitter"
)

// Kind of fault: a flow from before the clock was set is in the cache for longer than the splitter believes.
func TestHowLongAFlowMayBeCached(t *testing.T) {
	row := func(settings ovs.Settings) *reconciliation {
		bridge := &ovs.Bridge{}
		bridge.Export[ipfix] = "row"
		return &reconciliation{state: ovs.State{Bridge: bridge, Rows: map[ovs.UUID]ovs.Row{"row": {Exporter: ovs.Exporter{Format: ipfix, Settings: settings}}}}}
	}
	unread, behind := row(ovs.Settings{}), row(ovs.Settings{})
	unread.err, behind.pending = errors.New("no answer"), 1
	for name, test := range map[string]struct {
		r    *reconciliation
		want time.Duration
	}{
		"no cache":                   {row(ovs.Settings{ovs.CacheActiveTimeout: "60"}), 0},
		"a cache":                    {row(ovs.Settings{ovs.CacheActiveTimeout: "60", ovs.CacheMaxFlows: "100"}), time.Minute},
		"longer than Open vSwitch's": {row(ovs.Settings{ovs.CacheActiveTimeout: "999999", ovs.CacheMaxFlows: "100"}), splitter.DefaultLifetime},
		"not read":                   {unread, splitter.DefaultLifetime},
		"not applied yet":            {behind, splitter.DefaultLifetime},
		"no row":                     {&reconciliation{}, splitter.DefaultLifetime},
		"nothing done":               {nil, splitter.DefaultLifetime},
	} {
		t.Run(name, func(t *testing.T) {
			if got := cached(test.r); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
