package agent

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

func TestTheStateOfACollector(t *testing.T) {
	const target = "192.0.2.1:4739"
	open := map[netip.AddrPort]bool{netip.MustParseAddrPort(target): true}
	refusal := ovs.LogEvent{Time: at(0), Kind: ovs.SendFailed, Target: target, Reason: "Connection refused"}
	for name, c := range map[string]struct {
		events  []ovs.LogEvent
		sockets map[netip.AddrPort]bool
		now     int
		state   v1alpha1.CollectorState
		reason  string
	}{
		"not looked at":    {nil, nil, 0, v1alpha1.CollectorUnknown, "not checked"},
		"open":             {nil, open, 0, v1alpha1.CollectorOpen, ""},
		"refused":          {[]ovs.LogEvent{refusal}, open, 60, v1alpha1.CollectorRefused, "Connection refused; is the collector running"},
		"refused long ago": {[]ovs.LogEvent{refusal}, open, 120, v1alpha1.CollectorOpen, ""},
		"no socket":        {nil, map[netip.AddrPort]bool{}, 0, v1alpha1.CollectorNotOpen, "no socket"},
		"no route":         {[]ovs.LogEvent{{Kind: ovs.OpenFailed, Target: target, Reason: "Network is unreachable"}}, map[netip.AddrPort]bool{}, 0, v1alpha1.CollectorNotOpen, "Network is unreachable; does the node have a route"},
		"no agent address": {[]ovs.LogEvent{{Kind: ovs.NoAgentAddress}}, map[netip.AddrPort]bool{}, 0, v1alpha1.CollectorNotOpen, "the agent device has no address"},
	} {
		t.Run(name, func(t *testing.T) {
			d := delivery{sockets: c.sockets}
			d.note(c.events)
			d.forget(at(c.now))
			state, reason := d.collector(validation.SFlow, target)
			if state != c.state || !strings.Contains(reason, c.reason) {
				t.Errorf("got %s %q, want %s %q", state, reason, c.state, c.reason)
			}
		})
	}
}

func TestFailedDatagramsAreASingleCollectorsRefusal(t *testing.T) {
	one, two := []string{"192.0.2.1:1"}, []string{"192.0.2.1:1", "192.0.2.2:1"}
	for name, c := range map[string]struct {
		errors  []uint64
		targets []string
		refused int
	}{
		"none":               {[]uint64{0, 0}, one, 0},
		"some, one":          {[]uint64{0, 5}, one, 1},
		"some, two":          {[]uint64{0, 5}, two, 0},
		"counters restarted": {[]uint64{9, 3}, nil, 0},
		"no more of them":    {[]uint64{5, 5}, nil, 0},
	} {
		d := delivery{}
		for i, n := range c.errors {
			targets := c.targets
			if i == 0 {
				targets = nil
			}
			d.count(ovs.IPFIXStatistics{SendErrors: n}, targets, at(i))
		}
		if len(d.refused) != c.refused {
			t.Errorf("%s: %d refusals, want %d", name, len(d.refused), c.refused)
		}
	}
}

func TestTheRisksOfExport(t *testing.T) {
	sampled := func(n string) *ovs.Exporter {
		return &ovs.Exporter{Format: validation.IPFIX, Settings: ovs.Settings{ovs.Sampling: n}}
	}
	netflow := &ovs.Exporter{Format: validation.NetFlow}
	calm, none := ovs.FlowTable{Current: 10, Limit: 100}, ovs.Lookups{}
	for name, c := range map[string]struct {
		rows    [3]*ovs.Exporter
		table   ovs.FlowTable
		lookups []ovs.Lookups
		want    string
	}{
		"none":                      {[3]*ovs.Exporter{netflow, nil, sampled("400")}, calm, []ovs.Lookups{none, none}, ""},
		"nothing is exported":       {[3]*ovs.Exporter{}, ovs.FlowTable{Current: 99, Limit: 100}, []ovs.Lookups{none, {Lost: 9}}, ""},
		"packets were lost":         {[3]*ovs.Exporter{netflow}, calm, []ovs.Lookups{{Lost: 2}, {Lost: 5}}, "PacketsLost packets are lost"},
		"lost before anyone looked": {[3]*ovs.Exporter{netflow}, calm, []ovs.Lookups{{Lost: 5}}, ""},
		"a full table":              {[3]*ovs.Exporter{netflow}, ovs.FlowTable{Current: 51, Limit: 100}, []ovs.Lookups{none}, "FlowTableFull more than half of the datapath's flow table is in use; NetFlow"},
		"slow":                      {[3]*ovs.Exporter{netflow}, ovs.FlowTable{DumpDuration: time.Second}, []ovs.Lookups{none}, "SlowRevalidation"},
		"every packet":              {[3]*ovs.Exporter{nil, nil, sampled("1")}, calm, []ovs.Lookups{none}, "HighSampling IPFIX samples 1 packet in 1"},
	} {
		t.Run(name, func(t *testing.T) {
			var watched cost
			for _, l := range c.lookups {
				watched.observe(c.table, l)
			}
			got := ""
			for _, r := range watched.risks(c.rows, false) {
				got += r.reason + " " + r.message
			}
			if (got == "") != (c.want == "") || !strings.HasPrefix(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
