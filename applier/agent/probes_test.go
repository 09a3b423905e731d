package agent

import (
	"context"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// A collector is probed once in each interval, and its refusal counts for a while: the machine may answer
// only one of many datagrams.
func TestProbesHaveABoundedRate(t *testing.T) {
	asked := make(chan netip.AddrPort, 100)
	var answer error = &ovs.ProbeError{Cause: ovs.ProbeRefused, Err: syscall.ECONNREFUSED}
	p := prober{interval: time.Minute, found: make(chan struct{}, 1), probe: func(_ context.Context, target netip.AddrPort, _ time.Duration) error {
		asked <- target
		return answer
	}}
	one, two := netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.2:2")
	for second := range 30 {
		p.start(t.Context(), []netip.AddrPort{one, two}, at(second))
		p.wait()
	}
	if len(asked) != 2 {
		t.Errorf("%d probes of two collectors within half of the interval", len(asked))
	}
	answer = nil
	results := p.start(t.Context(), []netip.AddrPort{one}, at(100))
	p.wait()
	if len(asked) != 3 || !results[one].refused(at(100)) {
		t.Errorf("%d probes, results %+v", len(asked), results)
	}
	results = p.start(t.Context(), []netip.AddrPort{one, two}, at(101))
	p.wait()
	if results[one].cause != "" || !results[one].refused(at(101)) || results[one].refused(at(200)) {
		t.Errorf("after a probe without an answer: %+v", results[one])
	}
	if _, known := results[two]; known || len(asked) != 4 {
		t.Error("the result of a collector that was removed is kept")
	}
	if off := (&prober{probe: p.probe}).start(t.Context(), []netip.AddrPort{one}, at(300)); off != nil || len(asked) != 4 {
		t.Error("it probes although it is off")
	}
}

// The wait between attempts doubles, and begins again only once everything is open.
func TestReopeningBacksOff(t *testing.T) {
	o, attempts := reopening{}, 0
	never := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.1:1")} // of two rows
	for second := range 3600 {
		if o.due(never, at(second), 10*time.Second) {
			attempts++
		}
	}
	if attempts < 11 || attempts > 14 {
		t.Errorf("%d attempts within an hour", attempts)
	}
	if o.due(nil, at(3600), 10*time.Second) || o.most() != 0 {
		t.Error("it tries although nothing is missing")
	}
}

// Kind of fault: a collector to which no socket can ever be opened delayed another one, the route to which is back, for up
// to 10 minutes.
func TestCollectorsDoNotDelayTheReopeningOfOthers(t *testing.T) {
	o := reopening{}
	never, other := netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.2:1")
	second := 0
	for ; second < 3600; second += 10 {
		o.due([]netip.AddrPort{never}, at(second), 10*time.Second)
	}
	if !o.due([]netip.AddrPort{never, other}, at(second), 10*time.Second) {
		t.Error("it waits for the one that can't be opened")
	}
	// One that comes and goes is not tried more often than it is looked for, and the rest not more often because of it.
	if o.due([]netip.AddrPort{never}, at(second+1), 10*time.Second) || o.due([]netip.AddrPort{never, other}, at(second+2), 10*time.Second) {
		t.Error("it tries again at once")
	}
	if !o.due([]netip.AddrPort{other}, at(second+10), 10*time.Second) {
		t.Error("it waits for longer than before")
	}
	if o.due([]netip.AddrPort{never}, at(second+20), 10*time.Second) {
		t.Error("the back-off of the one that can't be opened begins again")
	}
}

// A probe may wait for longer than the interval. The next one waits for its end.
func TestACollectorIsAskedByOneProbeAtATime(t *testing.T) {
	remote := netip.MustParseAddrPort("192.0.2.1:1")
	answers, asked := make(chan error), make(chan struct{}, 100)
	p := prober{interval: time.Second, found: make(chan struct{}, 1), probe: func(context.Context, netip.AddrPort, time.Duration) error {
		asked <- struct{}{}
		return <-answers
	}}
	for second := range 10 {
		p.start(t.Context(), []netip.AddrPort{remote}, at(10*second))
	}
	<-asked
	answers <- nil
	p.wait()
	if len(asked) > 0 {
		t.Fatal("another probe ran at the same time")
	}
	p.start(t.Context(), []netip.AddrPort{remote}, at(1000))
	<-asked
	answers <- nil
	p.wait()
}

// Kind of fault: a state that follows each single answer. Machines on the way answer only some datagrams, and different
// ones may answer. What this machine itself finds out of its own network it finds each time.
func TestAnAnswerFromTheWayCountsForAWhile(t *testing.T) {
	const target = "192.0.2.1:2055"
	remote := netip.MustParseAddrPort(target)
	met := func(cause ovs.ProbeCause, via string) error {
		address, _ := netip.ParseAddr(via)
		return &ovs.ProbeError{Cause: cause, Err: syscall.EHOSTUNREACH, Via: address}
	}
	off, far, other, rejected := met(ovs.ProbeNoNeighbor, ""), met(ovs.ProbeUnreachable, "192.0.2.7"), met(ovs.ProbeUnreachable, "192.0.2.8"), met(ovs.ProbeProhibited, "192.0.2.8")
	refused := &ovs.ProbeError{Cause: ovs.ProbeRefused, Err: syscall.ECONNREFUSED}
	type event struct {
		probe  error
		state  v1alpha1.CollectorState
		reason string
	}
	const idle, notOpen, isRefused = v1alpha1.CollectorIdle, v1alpha1.CollectorNotOpen, v1alpha1.CollectorRefused
	for name, events := range map[string][]event{
		"off, and on again":        {{off, notOpen, "is the machine on?"}, {off, notOpen, ""}, {nil, idle, ""}},
		"one answer of a router":   {{far, isRefused, "192.0.2.7 answers"}, {nil, isRefused, "192.0.2.7 answers"}, {nil, isRefused, ""}, {nil, isRefused, ""}, {nil, idle, ""}},
		"two routers":              {{far, isRefused, "192.0.2.7 answers"}, {other, isRefused, "192.0.2.7 answers"}},
		"another answer":           {{far, isRefused, "192.0.2.7 answers"}, {rejected, isRefused, "192.0.2.8 answers that datagrams to it are prohibited"}},
		"its machine answers then": {{far, isRefused, "192.0.2.7 answers"}, {refused, isRefused, "Connection refused"}, {nil, isRefused, "Connection refused"}},
		"a router answers then":    {{refused, isRefused, "Connection refused"}, {far, isRefused, "192.0.2.7 answers"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := delivery{sockets: ovs.Sockets{remote: {Own: true}}}
			var answer error
			p := prober{found: make(chan struct{}, 1), probe: func(context.Context, netip.AddrPort, time.Duration) error { return answer }}
			for i, e := range events {
				now := at(30 * i)
				answer = e.probe
				p.ask(t.Context(), remote, now)
				d.probes = map[netip.AddrPort]probed{remote: p.results[remote]}
				d.forget(now)
				if state, reason := d.collector(validation.NetFlow, target, now); state != e.state || !strings.Contains(reason, e.reason) {
					t.Errorf("event %d: %s (%s), not %s (%s)", i, state, reason, e.state, e.reason)
				}
			}
		})
	}
}
