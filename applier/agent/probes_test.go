package agent

import (
	"context"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"sluice/applier/ovs"
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
	for second := range 3600 {
		if o.due(true, at(second), 10*time.Second) {
			attempts++
		}
	}
	if attempts < 8 || attempts > 14 {
		t.Errorf("%d attempts within an hour", attempts)
	}
	if o.due(false, at(3600), 10*time.Second) || o.attempts != 0 {
		t.Error("it tries although nothing is missing")
	}
}
