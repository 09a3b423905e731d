package agent

import (
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

func TestTheStateOfACollector(t *testing.T) {
	const target = "192.0.2.1:4739"
	remote := netip.MustParseAddrPort(target)
	open := ovs.Sockets{remote: {Own: true}}
	refusal := ovs.LogEvent{Time: at(0), Kind: ovs.SendFailed, Target: target, Reason: "Connection refused", Refused: true}
	unreachable := ovs.LogEvent{Time: at(0), Kind: ovs.SendFailed, Target: target, Reason: "Network is unreachable", Errno: syscall.ENETUNREACH}
	filtered := ovs.LogEvent{Time: at(0), Kind: ovs.SendFailed, Target: target, Reason: "Operation not permitted", Errno: syscall.EPERM}
	router := netip.MustParseAddr("192.0.2.7")
	for name, c := range map[string]struct {
		events  []ovs.LogEvent
		sockets ovs.Sockets
		probes  map[netip.AddrPort]probed
		now     int
		state   v1alpha1.CollectorState
		reason  string
	}{
		"not looked at":                        {nil, nil, nil, 0, v1alpha1.CollectorUnknown, "not checked"},
		"open":                                 {nil, open, nil, 0, v1alpha1.CollectorIdle, ""},
		"refused":                              {[]ovs.LogEvent{refusal}, open, nil, 60, v1alpha1.CollectorRefused, "Connection refused; is the collector running"},
		"refused long ago":                     {[]ovs.LogEvent{refusal}, open, nil, 120, v1alpha1.CollectorIdle, ""},
		"still refused, as far as is known":    {[]ovs.LogEvent{refusal, {Time: at(100), Kind: ovs.LinesDropped}}, open, nil, 120, v1alpha1.CollectorRefused, "Connection refused"},
		"over when lines are left out":         {[]ovs.LogEvent{refusal, {Time: at(500), Kind: ovs.LinesDropped}}, open, map[netip.AddrPort]probed{remote: {at: at(500)}}, 510, v1alpha1.CollectorIdle, ""},
		"lines are left out":                   {[]ovs.LogEvent{{Time: at(0), Kind: ovs.LinesDropped}}, open, nil, 60, v1alpha1.CollectorUnknown, "leaves out lines"},
		"lines are left out of others, surely": {[]ovs.LogEvent{{Time: at(0), Kind: ovs.LinesDropped}}, open, map[netip.AddrPort]probed{remote: {at: at(50)}}, 60, v1alpha1.CollectorIdle, ""},
		"a probe is refused":                   {nil, open, map[netip.AddrPort]probed{remote: {at: at(50), cause: ovs.ProbeRefused, refusedAt: at(50)}}, 60, v1alpha1.CollectorRefused, "is the collector running"},
		"can't be sent to":                     {[]ovs.LogEvent{unreachable}, open, nil, 60, v1alpha1.CollectorNotOpen, "can't send to it: Network is unreachable; does the node have a route"},
		"a filter of the node":                 {[]ovs.LogEvent{filtered}, open, nil, 60, v1alpha1.CollectorNotOpen, "can't send to it: Operation not permitted; does a packet filter of the node"},
		"its machine is off":                   {nil, open, map[netip.AddrPort]probed{remote: {at: at(50), cause: ovs.ProbeNoNeighbor, err: syscall.EHOSTUNREACH}}, 60, v1alpha1.CollectorNotOpen, "nothing leaves the node"},
		"a router can't reach it":              {nil, open, map[netip.AddrPort]probed{remote: {at: at(50), turned: turned{at(0), ovs.ProbeUnreachable, router}}}, 60, v1alpha1.CollectorRefused, "192.0.2.7 answers that it can't reach it; is"},
		"a router could not reach it":          {nil, open, map[netip.AddrPort]probed{remote: {at: at(110), turned: turned{at(0), ovs.ProbeUnreachable, router}}}, 120, v1alpha1.CollectorIdle, ""},
		"a firewall rejects":                   {nil, open, map[netip.AddrPort]probed{remote: {at: at(50), cause: ovs.ProbeProhibited, turned: turned{at(50), ovs.ProbeProhibited, router}}}, 60, v1alpha1.CollectorRefused, "192.0.2.7 answers that datagrams to it are prohibited; does a firewall"},
		"its firewall rejects":                 {nil, open, map[netip.AddrPort]probed{remote: {at: at(50), cause: ovs.ProbeProhibited, turned: turned{at(50), ovs.ProbeProhibited, netip.Addr{}}}}, 60, v1alpha1.CollectorRefused, "its machine, or one on the way, answers"},
		"it may be another's":                  {nil, ovs.Sockets{remote: {}}, nil, 0, v1alpha1.CollectorUnknown, "may be another program's"},
		"it may be another's that is refused":  {[]ovs.LogEvent{refusal}, ovs.Sockets{remote: {}}, nil, 60, v1alpha1.CollectorRefused, "Connection refused"},
		"the node has no route":                {nil, open, map[netip.AddrPort]probed{remote: {at: at(50), cause: ovs.ProbeNoRoute, err: syscall.ENETUNREACH}}, 60, v1alpha1.CollectorNotOpen, "network is unreachable; does the node have a route"},
		"no route, as another says":            {[]ovs.LogEvent{unreachable}, open, map[netip.AddrPort]probed{remote: {at: at(50), cause: ovs.ProbeNoRoute, err: syscall.EHOSTUNREACH}}, 60, v1alpha1.CollectorNotOpen, "no route to host; does"},
		"the node may not send":                {nil, open, map[netip.AddrPort]probed{remote: {at: at(50), cause: ovs.ProbeFailed, err: syscall.EPERM}}, 60, v1alpha1.CollectorUnknown, "operation not permitted; does a packet filter"},
		"its address is lost, in a pod":        {nil, ovs.Sockets{remote: {Lost: []netip.Addr{netip.MustParseAddr("192.0.2.7")}}}, nil, 0, v1alpha1.CollectorNotOpen, "sends from 192.0.2.7"},
		"its address is lost":                  {nil, ovs.Sockets{remote: {Own: true, Lost: []netip.Addr{netip.MustParseAddr("192.0.2.7")}}}, nil, 0, v1alpha1.CollectorNotOpen, "sends from 192.0.2.7, which is not an address of the node"},
		"no socket":                            {nil, ovs.Sockets{}, nil, 0, v1alpha1.CollectorNotOpen, "no socket"},
		"no route":                             {[]ovs.LogEvent{{Kind: ovs.OpenFailed, Target: target, Reason: "Network is unreachable", Errno: syscall.ENETUNREACH}}, ovs.Sockets{}, nil, 0, v1alpha1.CollectorNotOpen, "Network is unreachable; does the node have a route"},
		"no agent address":                     {[]ovs.LogEvent{{Kind: ovs.NoAgentAddress}}, ovs.Sockets{}, nil, 0, v1alpha1.CollectorNotOpen, "the agent device has no address"},
	} {
		t.Run(name, func(t *testing.T) {
			d := delivery{sockets: c.sockets, probes: c.probes}
			d.note(c.events)
			d.forget(at(c.now))
			state, reason := d.collector(validation.SFlow, target, at(c.now))
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
			d.count(ovs.IPFIXStatistics{SendErrors: n}, c.targets, at(i))
		}
		if len(d.failed) != c.refused {
			t.Errorf("%s: %d refusals, want %d", name, len(d.failed), c.refused)
		}
	}
}

// Kind of fault: a state that was proved once was kept although what proved it showed the opposite.
func TestSendingEndsWithTheFirstDatagramThatFails(t *testing.T) {
	one, two := "192.0.2.1:4739", "192.0.2.2:4739"
	open := ovs.Sockets{}
	for _, target := range []string{one, two} {
		open[netip.MustParseAddrPort(target)] = ovs.Seen{Own: true}
	}
	type reading struct {
		sent, errors uint64
		want         [2]v1alpha1.CollectorState
	}
	const sending, idle, unknown, refused = v1alpha1.CollectorSending, v1alpha1.CollectorIdle, v1alpha1.CollectorUnknown, v1alpha1.CollectorRefused
	for name, c := range map[string]struct {
		dead     bool // the second one, as the log says
		readings []reading
	}{
		"of one of them": {false, []reading{
			{0, 0, [2]v1alpha1.CollectorState{idle, idle}},
			{5, 0, [2]v1alpha1.CollectorState{sending, sending}},
			{8, 1, [2]v1alpha1.CollectorState{unknown, unknown}},
			{8, 1, [2]v1alpha1.CollectorState{unknown, unknown}},
			{9, 1, [2]v1alpha1.CollectorState{sending, sending}},
		}},
		"of both":                {false, []reading{{5, 0, [2]v1alpha1.CollectorState{idle, idle}}, {5, 9, [2]v1alpha1.CollectorState{unknown, unknown}}}},
		"of one that is refused": {true, []reading{{5, 0, [2]v1alpha1.CollectorState{idle, refused}}, {6, 1, [2]v1alpha1.CollectorState{idle, refused}}}},
	} {
		t.Run(name, func(t *testing.T) {
			d := delivery{sockets: open}
			if c.dead {
				d.note([]ovs.LogEvent{{Time: at(0), Kind: ovs.SendFailed, Target: two, Reason: "Connection refused", Refused: true}})
			}
			for i, r := range c.readings {
				d.count(ovs.IPFIXStatistics{SentPackets: r.sent, SendErrors: r.errors}, []string{one, two}, at(i))
				d.forget(at(i))
				for k, target := range []string{one, two} {
					if state, reason := d.collector(validation.IPFIX, target, at(i)); state != r.want[k] {
						t.Errorf("reading %d, %s: got %s (%s), want %s", i, target, state, reason, r.want[k])
					}
				}
			}
		})
	}
}

// The log may name any number of targets, and only those of the rows are reported.
func TestTheLogIsRememberedOnlyOfConfiguredTargets(t *testing.T) {
	d := delivery{}
	d.note([]ovs.LogEvent{{Kind: ovs.OpenFailed, Target: "a"}, {Kind: ovs.OpenFailed, Target: "b"}, {Kind: ovs.SendFailed, Target: "c", Refused: true}})
	d.keep([]string{"b"})
	if len(d.unusable) != 1 || len(d.failed) != 0 {
		t.Errorf("remembered: %v, %v", d.unusable, d.failed)
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
		"packets are lost":          {[3]*ovs.Exporter{netflow}, calm, []ovs.Lookups{{Lost: 2}, {Missed: 100, Lost: 50}, {Missed: 200, Lost: 99}}, "PacketsLost packets are lost"},
		"one packet was lost":       {[3]*ovs.Exporter{netflow}, calm, []ovs.Lookups{{}, {Lost: 1}, {Lost: 2}}, ""},
		"a burst":                   {[3]*ovs.Exporter{netflow}, calm, []ovs.Lookups{{}, {Missed: 100, Lost: 50}, {Missed: 200, Lost: 50}}, ""},
		"one in a million":          {[3]*ovs.Exporter{netflow}, calm, []ovs.Lookups{{}, {Missed: 2e8, Lost: 200}, {Missed: 4e8, Lost: 400}}, ""},
		"counters were reset":       {[3]*ovs.Exporter{netflow}, calm, []ovs.Lookups{{Missed: 9, Lost: 900}, {Missed: 1, Lost: 50}}, ""},
		"lost before anyone looked": {[3]*ovs.Exporter{netflow}, calm, []ovs.Lookups{{Lost: 5}}, ""},
		"a full table":              {[3]*ovs.Exporter{netflow}, ovs.FlowTable{Current: 51, Limit: 100}, []ovs.Lookups{none, none}, "FlowTableFull more than half of the datapath's flow table is in use; NetFlow"},
		"slow":                      {[3]*ovs.Exporter{netflow}, ovs.FlowTable{DumpDuration: time.Second}, []ovs.Lookups{none, none}, "SlowRevalidation"},
		"every packet":              {[3]*ovs.Exporter{nil, nil, sampled("1")}, calm, []ovs.Lookups{none}, "HighSampling IPFIX samples 1 packet in 1"},
	} {
		t.Run(name, func(t *testing.T) {
			var watched cost
			for _, l := range c.lookups {
				watched.observe(c.table, l)
			}
			got := ""
			for _, r := range watched.risks(c.rows, [3]bool{}) {
				got += r.reason + " " + r.message
			}
			if strings.HasPrefix(c.want, v1alpha1.ReasonHighSampling) && watched.risks(c.rows, [3]bool{validation.IPFIX: true}) != nil {
				t.Error("a chosen rate is reported")
			}
			if (got == "") != (c.want == "") || !strings.HasPrefix(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Kind of fault: a condition that changes with each reading, and each change is a write.
func TestARiskBeginsAndEndsWithTwoReadings(t *testing.T) {
	const limit, slow = 100, 600 * time.Millisecond
	full, calm := ovs.FlowTable{Current: 51, Limit: limit}, ovs.FlowTable{Current: 50, Limit: limit}
	full.DumpDuration, calm.DumpDuration = slow, 400*time.Millisecond
	for name, c := range map[string]struct {
		tables []ovs.FlowTable
		want   []bool
	}{
		"one reading":             {[]ovs.FlowTable{calm, full, calm}, []bool{false, false, false}},
		"it goes to and fro":      {[]ovs.FlowTable{full, calm, full, calm, full}, []bool{false, false, false, false, false}},
		"it lasts":                {[]ovs.FlowTable{calm, full, full, full}, []bool{false, false, true, true}},
		"one calm reading":        {[]ovs.FlowTable{full, full, calm, full}, []bool{false, true, true, true}},
		"it ends":                 {[]ovs.FlowTable{full, full, calm, calm, full}, []bool{false, true, true, false, false}},
		"to and fro after it did": {[]ovs.FlowTable{full, full, calm, full, calm, full}, []bool{false, true, true, true, true, true}},
	} {
		var watched cost
		for i, table := range c.tables {
			watched.observe(table, ovs.Lookups{})
			reasons := []string{}
			for _, r := range watched.risks([3]*ovs.Exporter{{Format: validation.NetFlow}}, [3]bool{}) {
				reasons = append(reasons, r.reason)
			}
			want := []string{}
			if c.want[i] {
				want = []string{v1alpha1.ReasonFlowTableFull, v1alpha1.ReasonSlowRevalidation}
			}
			if !slices.Equal(reasons, want) {
				t.Errorf("%s: after reading %d: %v, not %v", name, i, reasons, want)
			}
		}
	}
}

// Kind of fault: evidence of a former collector taken for that of the present one. The counters go on
// over a change of the targets.
func TestCountersOfFormerTargetsSayNothingAboutTheirSuccessors(t *testing.T) {
	old, next := []string{"192.0.2.1:1"}, []string{"192.0.2.2:1"}
	var d delivery
	d.count(ovs.IPFIXStatistics{SendErrors: 1, SentPackets: 1}, old, at(0))
	d.count(ovs.IPFIXStatistics{SendErrors: 9, SentPackets: 9}, next, at(1))
	if len(d.failed) != 0 || !d.ipfix.sent.IsZero() {
		t.Errorf("errors and datagrams of the former target count: %v, %s", d.failed, d.ipfix.sent)
	}
	d.count(ovs.IPFIXStatistics{SendErrors: 9, SentPackets: 10}, next, at(2))
	if len(d.failed) != 0 || d.ipfix.sent.IsZero() {
		t.Errorf("datagrams do not count: %v, %s", d.failed, d.ipfix.sent)
	}
	d.count(ovs.IPFIXStatistics{SendErrors: 10, SentPackets: 10}, next, at(3))
	if _, ok := d.failed[next[0]]; !ok {
		t.Errorf("errors do not count: %v", d.failed)
	}
}

// Kind of fault: a clock that was set back. What the log has from the future is not from now on.
func TestARefusalFromTheFutureIsForgotten(t *testing.T) {
	now := time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)
	for after, kept := range map[time.Duration]bool{2 * time.Hour: false, time.Minute: true, -time.Minute: true, -time.Hour: false} {
		var d delivery
		d.note([]ovs.LogEvent{{Time: now.Add(after), Kind: ovs.SendFailed, Target: "192.0.2.1:2055", Refused: true}})
		d.forget(now)
		if _, found := d.failed["192.0.2.1:2055"]; found != kept {
			t.Errorf("%s from now: kept: %t", after, found)
		}
	}
}

// Kind of fault: evidence of a former socket taken for that of the present one.
func TestWhatAFormerSocketCouldNotSendIsForgotten(t *testing.T) {
	event := func(second int, refused bool) ovs.LogEvent {
		return ovs.LogEvent{Time: at(second), Kind: ovs.SendFailed, Target: "192.0.2.1:4739", Reason: "Network is unreachable", Refused: refused}
	}
	for name, c := range map[string]struct {
		before, after []ovs.LogEvent
		failed        bool
	}{
		"unreachable before":                          {before: []ovs.LogEvent{event(1, false)}},
		"unreachable before, read from the log after": {after: []ovs.LogEvent{event(1, false)}},
		"unreachable after":                           {after: []ovs.LogEvent{event(3, false)}, failed: true},
		"refused before":                              {before: []ovs.LogEvent{event(1, true)}, failed: true},
	} {
		var d delivery
		d.note(c.before)
		d.reopened(at(2), true)
		d.note(c.after)
		if _, failed := d.failed["192.0.2.1:4739"]; failed != c.failed {
			t.Errorf("%s: failed: %t", name, failed)
		}
	}
}

// Kind of fault: a clock that was set back. The log says what can't be sent with earlier times then.
func TestAClockThatWasSetBackHidesNoFailure(t *testing.T) {
	target := netip.MustParseAddrPort("192.0.2.1:2055")
	now := time.Now()
	for name, jump := range map[string]time.Duration{"not set back": 0, "a minute": time.Minute, "two hours": 2 * time.Hour} {
		d := delivery{sockets: ovs.Sockets{target: {Own: true}}, probes: map[netip.AddrPort]probed{target: {at: now}}}
		d.reopened(now, false)
		later := now.Add(10 * time.Second).Round(0).Add(-jump)
		d.setBack(later)
		d.note([]ovs.LogEvent{{Time: later.Add(-time.Second), Kind: ovs.SendFailed, Target: target.String(), Reason: "Operation not permitted"}})
		if state, reason := d.collector(validation.NetFlow, target.String(), later); state != v1alpha1.CollectorNotOpen {
			t.Errorf("%s: %s (%s)", name, state, reason)
		}
	}
}

// Kind of fault: evidence that was thrown away, so that a collector was Idle for a while. ovs-vswitchd opens the sockets
// of IPFIX again only if one is missing.
func TestTheCountersGoOnIfOnlySocketsOfOthersAreOpened(t *testing.T) {
	const target = "192.0.2.1:4739"
	for opened, want := range map[bool]v1alpha1.CollectorState{false: v1alpha1.CollectorSending, true: v1alpha1.CollectorIdle} {
		d := delivery{sockets: ovs.Sockets{netip.MustParseAddrPort(target): {Own: true}}}
		d.count(ovs.IPFIXStatistics{SentPackets: 1}, []string{target}, at(0))
		d.count(ovs.IPFIXStatistics{SentPackets: 2}, []string{target}, at(10))
		d.reopened(at(11), opened)
		d.forget(at(12))
		if state, reason := d.collector(validation.IPFIX, target, at(12)); state != want {
			t.Errorf("with sockets of IPFIX opened (%t): %s (%s), not %s", opened, state, reason, want)
		}
	}
}
