package agent

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/go-logr/logr"

	"sluice/api/v1alpha1"
	"sluice/applier/collector"
	"sluice/applier/ovs"
	"sluice/validation"
)

// clock is a clock that a test moves.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newVerification(t *testing.T) (*verification, *clock) {
	t.Helper()
	c := &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	v := &verification{verifier: verifier{
		now: c.Now, listen: ListenLocally, log: logr.Discard(),
		sockets: func() (ovs.Sockets, error) { return nil, nil },
		passed:  func(context.Context) (uint64, error) { return 0, nil },
	}}
	t.Cleanup(func() {
		if v.target != "" {
			v.finish(context.WithoutCancel(t.Context()))
		}
		v.settle(&reconciliation{})
	})
	return v, c
}

var netFlowOnly = [3]*ovs.Exporter{validation.NetFlow: {Format: validation.NetFlow, Targets: []string{"192.0.2.1:2055"}}}

// Kind of fault: one request ends that of another.
func TestRequestsShareAVerification(t *testing.T) {
	v, c := newVerification(t)
	at := func(d time.Duration) string { return c.now.Add(d).Format(time.RFC3339Nano) }
	a, b := at(time.Minute), at(2*time.Minute)
	first := v.follow(t.Context(), a, nil, netFlowOnly, true)
	if first == "" {
		t.Fatalf("not started: %+v", v.refusal)
	}
	for _, step := range []struct {
		what, request string
		running       bool
	}{
		{"a second one joins", a + "," + b, true},
		{"garbage joins", a + ",tomorrow," + b, true},
		{"the first one is done", b, true},
		{"all are done", "", false},
		{"nothing new", b, false},
	} {
		got := v.follow(t.Context(), step.request, nil, netFlowOnly, true)
		if (got == first) != step.running || !step.running && got != "" {
			t.Errorf("%s: target %q, not that of the first start (%t)", step.what, got, step.running)
		}
	}
	if s := v.status(nil); s.Request != b || s.Phase != v1alpha1.VerificationDone {
		t.Errorf("%+v", s)
	}
	if v.follow(t.Context(), b+","+at(3*time.Minute), nil, netFlowOnly, true) == "" {
		t.Error("a new request starts nothing")
	}
	c.now = c.now.Add(time.Hour)
	if got := v.follow(t.Context(), v.request, nil, netFlowOnly, true); got != "" {
		t.Error("it goes on after the last end")
	}
}

// Kind of fault: the clock of the node, which may be set back, decided whether the time is up.
func TestAVerificationEndsWhenItsTimeIsUpWhateverTheClockSays(t *testing.T) {
	v, c := newVerification(t)
	at := func(d time.Duration) string { return c.now.Add(d).Format(time.RFC3339Nano) }
	a, b, other := at(time.Minute), at(2*time.Minute), at(3*time.Minute)
	for _, step := range []struct {
		what, request    string
		expires, running bool
	}{
		{"it starts", a + "," + b, false, true},
		{"its time is up", a + "," + b, true, false},
		{"one of the requests is removed", b, false, false},
		{"another request comes", b + "," + other, false, true},
		{"its time is up as well, and a request is removed at the same time", other, true, false},
		{"a third one comes", other + "," + at(4*time.Minute), false, true},
		{"its time is up, and a fourth one comes at the same time", at(5 * time.Minute), true, true},
	} {
		if step.expires {
			c.now = c.now.Add(-2 * time.Hour)
			v.expire()
		}
		if got := v.follow(t.Context(), step.request, nil, netFlowOnly, true); (got != "") != step.running {
			t.Errorf("%s: running is %t", step.what, got != "")
		}
		v.settle(&reconciliation{})
	}
}

func TestAVerificationIsRefusedForAReason(t *testing.T) {
	for reason, start := range map[v1alpha1.VerificationReason]struct {
		request string
		want    [3]*ovs.Exporter
		writes  bool
		listen  Listen
	}{
		v1alpha1.VerificationBadRequest:        {"tomorrow", netFlowOnly, true, ListenLocally},
		v1alpha1.VerificationTooLate:           {"2020-01-01T00:00:00Z", netFlowOnly, true, ListenLocally},
		v1alpha1.VerificationMayNotWrite:       {"2026-01-01T00:01:00Z", netFlowOnly, false, ListenLocally},
		v1alpha1.VerificationNothingConfigured: {"2026-01-01T00:01:00Z", [3]*ovs.Exporter{}, true, ListenLocally},
		v1alpha1.VerificationNoCollector: {"2026-01-01T00:01:00Z", netFlowOnly, true, func(context.Context) (net.PacketConn, error) {
			return nil, errors.New("no socket")
		}},
	} {
		v, _ := newVerification(t)
		v.listen = start.listen
		extra := v.follow(t.Context(), start.request, nil, start.want, start.writes)
		if s := v.status(nil); extra != "" || s.Phase != v1alpha1.VerificationRefused || s.Reason != reason || s.Message == "" {
			t.Errorf("%s: %q, %+v", reason, extra, s)
		}
	}
}

// What was found before the agent started stays; what was under way is over.
func TestAnEarlierResultStays(t *testing.T) {
	v, _ := newVerification(t)
	done := &v1alpha1.Verification{Request: "2026-01-01T00:01:00Z", Phase: v1alpha1.VerificationDone}
	if v.follow(t.Context(), done.Request, done, netFlowOnly, true) != "" || v.status(done) != done {
		t.Error("a verification that has ended is started again")
	}
	running := &v1alpha1.Verification{Request: "2026-01-01T00:01:00Z", Phase: v1alpha1.VerificationRunning}
	if s := v.status(running); s.Phase != v1alpha1.VerificationDone || running.Phase != v1alpha1.VerificationRunning {
		t.Errorf("%+v", s)
	}
	if v.follow(t.Context(), running.Request, running, netFlowOnly, true) == "" {
		t.Error("a request that nobody serves is not started")
	}
}

// Kind of fault: anybody on the node can send datagrams to the loopback address.
func TestForgedDatagramsProveNothing(t *testing.T) {
	target, own, forger := netip.MustParseAddrPort("127.0.0.1:9000"), netip.MustParseAddrPort("127.0.0.1:40000"), netip.MustParseAddrPort("127.0.0.1:50000")
	c := &clock{now: time.Unix(1000, 0)}
	locals := []netip.AddrPort{}
	var failure error
	listings := 0
	r := &received{advanced: make(chan struct{}, 1), senders: senders{target: target, now: c.Now, sockets: func() (ovs.Sockets, error) {
		listings++
		return ovs.Sockets{target: {Own: true, Locals: locals}}, failure
	}}}
	add := func(from netip.AddrPort, records int) {
		r.add(collector.Message{Format: validation.NetFlow, Source: from, Records: make([]collector.Record, records)}, nil)
	}
	count := func() v1alpha1.VerifiedFormat {
		list, _ := r.formats([]validation.Format{validation.NetFlow})
		return list[0]
	}
	add(forger, 1)
	if got := count(); got.Datagrams != 0 || got.Foreign != 1 {
		t.Errorf("a forged one: %+v", got)
	}
	locals = append(locals, own)
	add(own, 1) // too early to list the sockets again
	if got := count(); got.Datagrams != 0 || got.Foreign != 1 {
		t.Errorf("one that is not attributed yet: %+v", got)
	}
	c.now = c.now.Add(time.Second)
	for range 10 {
		add(forger, 1)
		add(own, 2)
	}
	if got := count(); got.Datagrams != 11 || got.Records != 21 || got.Foreign != 11 || listings != 2 {
		t.Errorf("%d listings, %+v", listings, got)
	}
	select {
	case <-r.advanced:
	default:
		t.Error("it is not told")
	}
	// A port that ovs-vswitchd had may become another program's.
	locals = nil
	c.now = c.now.Add(time.Minute)
	add(own, 1)
	if got := count(); got.Records != 21 || got.Foreign != 11 {
		t.Errorf("of a port that ovs-vswitchd had: %+v", got)
	}
	failure = errors.New("no /proc")
	c.now = c.now.Add(time.Minute)
	add(own, 1)
	if _, err := r.formats(nil); !errors.Is(err, failure) {
		t.Errorf("it is not told that datagrams can't be attributed: %v", err)
	}
}

func TestAFloodOfForgedDatagramsIsBounded(t *testing.T) {
	c := &clock{now: time.Unix(1000, 0)}
	r := &received{senders: senders{now: c.Now, sockets: func() (ovs.Sockets, error) { return ovs.Sockets{}, nil }}}
	for port := range 20000 {
		c.now = c.now.Add(time.Millisecond)
		r.add(collector.Message{Source: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port+1))}, nil)
		if len(r.pending) > maxSenders || len(r.senders.known) > maxSenders+1 {
			t.Fatalf("%d pending, %d known", len(r.pending), len(r.senders.known))
		}
	}
}

// A verification writes at a bounded rate: what only grows is reported rarely.
func TestGrowingCountsAreReportedRarely(t *testing.T) {
	v, c := newVerification(t)
	if v.follow(t.Context(), c.now.Add(9*time.Minute).Format(time.RFC3339), nil, netFlowOnly, true) == "" {
		t.Fatal("not started")
	}
	from := netip.MustParseAddrPort("127.0.0.1:40000")
	target := netip.MustParseAddrPort(v.target)
	v.received.senders.sockets = func() (ovs.Sockets, error) {
		return ovs.Sockets{target: {Locals: []netip.AddrPort{from}}}, nil
	}
	reports := 0
	var last int64 = -1
	for range 8 * 60 {
		c.now = c.now.Add(time.Second)
		v.received.add(collector.Message{Format: validation.NetFlow, Source: from, Records: make([]collector.Record, 1)}, nil)
		if s := v.status(nil); s.Formats[0].Datagrams != last {
			last = s.Formats[0].Datagrams
			reports++
		}
	}
	if reports > 8*2+2 {
		t.Errorf("%d reports in 8 minutes", reports)
	}
}

// A verification that can't end in Open vSwitch keeps its socket. There may not be any number of them.
func TestVerificationsThatCannotBeEndedAreBounded(t *testing.T) {
	v, c := newVerification(t)
	failed := &reconciliation{writeErr: errors.New("the database is read-only")}
	for i := range mostOpen + 1 {
		request := c.now.Add(time.Duration(i+1) * time.Minute).Format(time.RFC3339Nano)
		target := v.follow(t.Context(), request, nil, netFlowOnly, true)
		if (target != "") != (i < mostOpen) {
			t.Fatalf("verification %d: target %q, %+v", i, target, v.refusal)
		}
		v.settle(failed)
		v.follow(t.Context(), "", nil, netFlowOnly, true)
		v.settle(failed)
	}
	if s := v.status(nil); s.Phase != v1alpha1.VerificationRefused || s.Reason != v1alpha1.VerificationNoCollector {
		t.Errorf("%+v", s)
	}
	v.settle(&reconciliation{})
	if v.follow(t.Context(), c.now.Add(time.Hour).Format(time.RFC3339Nano), nil, netFlowOnly, true) == "" {
		t.Errorf("not started: %+v", v.refusal)
	}
}
