package agent

import (
	"context"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"time"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// Kind of fault: a probe that was sent counted as proof that ovs-vswitchd's datagrams are sent. A packet filter of the
// node may let empty datagrams pass. ovs-vswitchd writes a line a minute, about one of its collectors.
func TestWhatCanNotBeSentIsNotIdle(t *testing.T) {
	targets := []string{"192.0.2.1:2055", "192.0.2.2:2055", "192.0.2.3:2055"}
	const notOpen, unknown, idle, refused = v1alpha1.CollectorNotOpen, v1alpha1.CollectorUnknown, v1alpha1.CollectorIdle, v1alpha1.CollectorRefused
	filtered := ovs.LogEvent{Reason: "Operation not permitted"}
	for name, c := range map[string]struct {
		// lines are what the log has in each minute; the last one goes on.
		lines  []ovs.LogEvent
		format validation.Format
		// errors are how many more the counters of IPFIX have at each reading.
		errors uint64
		// want are the states in the last half of the hour; empty for any.
		want []v1alpha1.CollectorState
	}{
		"filtered, one is named":                        {[]ovs.LogEvent{filtered}, validation.NetFlow, 0, []v1alpha1.CollectorState{notOpen, unknown, unknown}},
		"counters that have no fail":                    {[]ovs.LogEvent{filtered}, validation.IPFIX, 0, []v1alpha1.CollectorState{notOpen, v1alpha1.CollectorSending, v1alpha1.CollectorSending}},
		"counters that fail":                            {[]ovs.LogEvent{filtered}, validation.IPFIX, 1, []v1alpha1.CollectorState{notOpen, unknown, unknown}},
		"no route, as was said":                         {[]ovs.LogEvent{{Reason: "Network is unreachable", NoRoute: true}}, validation.NetFlow, 0, []v1alpha1.CollectorState{notOpen, unknown, unknown}},
		"one is refused":                                {[]ovs.LogEvent{{Reason: "Connection refused", Refused: true}}, validation.NetFlow, 0, []v1alpha1.CollectorState{refused, idle, idle}},
		"one was filtered once, and another is refused": {[]ovs.LogEvent{filtered, {Target: targets[1], Reason: "Connection refused", Refused: true}}, validation.NetFlow, 0, []v1alpha1.CollectorState{idle, refused, idle}},
	} {
		t.Run(name, func(t *testing.T) {
			var d delivery
			now := time.Unix(100000, 0)
			p := prober{interval: 30 * time.Second, found: make(chan struct{}, 1), probe: func(context.Context, netip.AddrPort, time.Duration) error { return nil }}
			var remotes []netip.AddrPort
			for _, target := range targets {
				remotes = append(remotes, netip.MustParseAddrPort(target))
			}
			var statistics ovs.IPFIXStatistics
			for i := range 360 {
				now = now.Add(10 * time.Second)
				if i%6 == 0 {
					e := c.lines[min(i/6, len(c.lines)-1)]
					e.Time, e.Kind = now, ovs.SendFailed
					if e.Target == "" {
						e.Target = targets[0]
					}
					d.note([]ovs.LogEvent{{Time: now, Kind: ovs.LinesDropped}, e})
				}
				sockets := ovs.Sockets{}
				for _, r := range remotes {
					sockets[r] = ovs.Seen{Own: true}
				}
				d.look(sockets, nil, oneEach(targets...))
				d.probes = p.start(t.Context(), remotes, now)
				p.wait()
				statistics.SentPackets++
				statistics.SendErrors += c.errors
				d.count(statistics, targets, now)
				d.forget(now)
				var got []v1alpha1.CollectorState
				for k, target := range targets {
					state, _ := d.collector(c.format, target, now)
					if c.want[k] == "" {
						state = ""
					}
					got = append(got, state)
				}
				if i >= 180 && !slices.Equal(got, c.want) {
					t.Fatalf("after %d s: %v, not %v", 10*i, got, c.want)
				}
			}
		})
	}
}

// A failure that only the counters of IPFIX show has no reason. It ends with the first datagram that is sent, or with
// two probes in a row that find a route, and not while the counters go on to show it.
func TestAFailureWithoutAReasonEnds(t *testing.T) {
	const target = "192.0.2.1:4739"
	remote := netip.MustParseAddrPort(target)
	for name, c := range map[string]struct {
		sent, errors uint64
		probes       bool
		want         v1alpha1.CollectorState
	}{
		"nothing more is sent":        {0, 0, false, v1alpha1.CollectorNotOpen},
		"all is sent":                 {1, 0, false, v1alpha1.CollectorSending},
		"probes find a route":         {0, 0, true, v1alpha1.CollectorIdle},
		"some fail, and probes don't": {1, 1, true, v1alpha1.CollectorNotOpen},
	} {
		t.Run(name, func(t *testing.T) {
			var d delivery
			now := time.Unix(100000, 0)
			d.look(ovs.Sockets{remote: {Own: true}}, nil, oneEach(target))
			statistics := ovs.IPFIXStatistics{}
			if c.probes { // so it does not refuse
				d.probes = map[netip.AddrPort]probed{remote: {at: now}}
			}
			d.count(statistics, []string{target}, now)
			statistics.SendErrors++
			d.count(statistics, []string{target}, now.Add(time.Second))
			if state, _ := d.collector(validation.IPFIX, target, now); state != v1alpha1.CollectorNotOpen && state != v1alpha1.CollectorRefused {
				t.Fatalf("the failure is not noticed: %s", state)
			}
			for i := range 30 {
				at := now.Add(time.Duration(i+2) * time.Second)
				statistics.SentPackets += c.sent
				statistics.SendErrors += c.errors
				d.count(statistics, []string{target}, at)
				d.probes = map[netip.AddrPort]probed{}
				if c.probes {
					d.probes[remote] = probed{at: at, routed: [2]time.Time{at.Add(-500 * time.Millisecond), at}}
				}
				d.forget(at)
			}
			state, reason := d.collector(validation.IPFIX, target, now.Add(32*time.Second))
			if state == v1alpha1.CollectorRefused {
				state = v1alpha1.CollectorNotOpen // without a probe, it may refuse
			}
			if state != c.want {
				t.Errorf("%s (%s), not %s", state, reason, c.want)
			}
		})
	}
}

// Kind of fault: a proof that proves something else was believed again and again. ovs-vswitchd's socket may have another
// address than that of a probe, and no route from there. The state followed each line of the log and each second probe.
func TestAFailureThatComesBackCountsForLonger(t *testing.T) {
	const target = "192.0.2.1:2055"
	remote := netip.MustParseAddrPort(target)
	noRoute := &ovs.ProbeError{Cause: ovs.ProbeNoRoute, Err: syscall.ENETUNREACH}
	for name, c := range map[string]struct {
		// line reports whether there is a line of the log in a minute, and probe what a probe meets in it.
		line  func(minute int) bool
		probe func(minute int) error
		// from and most are how often the state may change from that minute on.
		from, most int
		last       v1alpha1.CollectorState
	}{
		"a line each minute":               {func(int) bool { return true }, nil, 4, 0, v1alpha1.CollectorNotOpen},
		"a line now and then":              {func(m int) bool { return m%5 == 0 }, nil, 11, 0, v1alpha1.CollectorNotOpen},
		"it happened twice":                {func(m int) bool { return m == 0 || m == 3 }, nil, 8, 0, v1alpha1.CollectorIdle},
		"once an hour, it is over quickly": {func(m int) bool { return m%60 == 0 }, nil, 0, 4, v1alpha1.CollectorIdle},
		"the route is away now and then": {func(m int) bool { return m == 0 || m == 3 || m == 6 }, func(m int) error {
			if m == 6 {
				return noRoute
			}
			return nil
		}, 9, 0, v1alpha1.CollectorIdle},
	} {
		t.Run(name, func(t *testing.T) {
			var d delivery
			d.look(ovs.Sockets{remote: {Own: true}}, nil, oneEach(target))
			minute := 0
			p := prober{found: make(chan struct{}, 1), probe: func(context.Context, netip.AddrPort, time.Duration) error {
				if c.probe == nil {
					return nil
				}
				return c.probe(minute)
			}}
			var state v1alpha1.CollectorState
			changes := 0
			for second := 0; second < 120*60; second += 10 {
				now := at(second)
				minute = second / 60
				if second%60 == 0 && c.line(minute) {
					d.note([]ovs.LogEvent{{Time: now, Kind: ovs.SendFailed, Target: target, Reason: "Network is unreachable", Errno: syscall.ENETUNREACH, NoRoute: true}})
				}
				if second%30 == 10 {
					p.ask(t.Context(), remote, now)
					d.probes = map[netip.AddrPort]probed{remote: p.results[remote]}
				}
				d.forget(now)
				next, _ := d.collector(validation.NetFlow, target, now)
				if next != state && state != "" && minute >= c.from {
					changes++
				}
				state = next
			}
			if changes > c.most || state != c.last {
				t.Errorf("the state changed %d times, and is %s", changes, state)
			}
		})
	}
}
