package agent

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/collector"
	"sluice/applier/ovs"
	"sluice/validation"
)

// Listen opens the UDP socket of the built-in collector, where ovs-vswitchd can reach it.
type Listen func(ctx context.Context) (net.PacketConn, error)

// ListenLocally listens on loopback, so that nothing leaves the node.
func ListenLocally(ctx context.Context) (net.PacketConn, error) {
	return (&net.ListenConfig{}).ListenPacket(ctx, "udp4", "127.0.0.1:0")
}

// verifier is what a verification works with.
type verifier struct {
	now    func() time.Time
	listen Listen
	// sockets lists the sockets that may be ovs-vswitchd's.
	sockets func() (ovs.Sockets, error)
	// passed is how many packets passed the bridge.
	passed func(context.Context) (uint64, error)
	log    logr.Logger
}

// verification is a collector of the agent's own, an extra target for some time.
type verification struct {
	verifier

	// request is the value of the annotation: one request, or several that share it.
	request string
	until   time.Time
	started metav1.Time
	phase   v1alpha1.VerificationPhase
	refusal refusal
	formats []validation.Format
	// target is the collector's address while it runs, and end closes it.
	target string
	end    func()
	// open are the collectors of verifications that have ended, to which ovs-vswitchd may still send.
	open  []ended
	timer *time.Timer
	// expired says that the timer fired: the clock may have been set back since it started.
	expired  bool
	received *received
	// before is how many packets had passed the bridge when it started, nil if that is unknown. idle says at the
	// end that none did since.
	before *uint64
	idle   bool

	// published is what was reported last, at publishedAt.
	published   []v1alpha1.VerifiedFormat
	publishedAt time.Time
}

// publishEvery is how often counts that only grow are reported: each report is a write of each
// node's.
const publishEvery = 30 * time.Second

// follow starts, extends or ends the verification that the annotation requests, of the formats
// in want. last is the verification that was reported last, if any; writes says that the
// agent may write to Open vSwitch. It returns the collector's address while it is an extra
// target of every format, and otherwise "".
func (v *verification) follow(ctx context.Context, request string, last *v1alpha1.Verification, want [3]*ovs.Exporter, writes bool) (extra string) {
	now := v.now()
	until, late := lastEnd(request, now)
	if v.target != "" && !v.extend(request, until, late == nil && writes) {
		v.finish(ctx)
	}
	if v.target != "" {
		// ovs-vswitchd opens other sockets when its configuration changes: those that it has are learned before it
		// sends with them and closes them.
		v.received.look()
	}
	if v.target != "" || request == "" || request == v.request {
		return v.target // without a request the last result stays
	}
	before := v.request
	if before == "" && last != nil && last.Phase != v1alpha1.VerificationRunning {
		before = last.Request // it ended before this agent started
	}
	if among(request, before) {
		return "" // others that shared it are done
	}
	*v = verification{verifier: v.verifier, open: v.open, request: request, phase: v1alpha1.VerificationRefused}
	for _, f := range validation.Formats() {
		if want[f] != nil {
			v.formats = append(v.formats, f)
		}
	}
	why := late
	if why == nil {
		why = refuse(v.formats, writes)
	}
	if why == nil {
		why = v.start(ctx, until)
	}
	if why != nil {
		v.refusal = *why
	}
	return v.target
}

// extend lets a running verification go on until the requests end; false if it has to end.
func (v *verification) extend(request string, until time.Time, live bool) bool {
	switch {
	case request == v.request:
		return live && !v.expired && v.now().Before(v.until)
	case !live, v.expired && among(request, v.request):
		return false
	}
	v.request = request
	if v.expired || !until.Equal(v.until) {
		v.until, v.expired = until, false
		v.timer.Reset(until.Sub(v.now()))
	}
	return true
}

// start opens the collector.
func (v *verification) start(ctx context.Context, until time.Time) *refusal {
	if len(v.open) >= mostOpen {
		return &refusal{v1alpha1.VerificationNoCollector, fmt.Sprintf("%d collectors of earlier verifications are still open: Open vSwitch may send to them", len(v.open))}
	}
	conn, err := v.listen(ctx)
	if err != nil {
		return &refusal{v1alpha1.VerificationNoCollector, fmt.Sprintf("open the collector: %v", err)}
	}
	v.target = conn.LocalAddr().String()
	target, _ := netip.ParseAddrPort(v.target) // a UDP address is one
	r := &received{senders: senders{target: target, sockets: v.sockets, now: v.now}, advanced: make(chan struct{}, 1)}
	receiving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	of := v.verifier // the next verification may start before this goroutine ends
	go func() {
		defer close(done)
		if err := collector.Receive(receiving, conn, of.now, r.add); err != nil {
			of.log.Error(err, "verification collector failed")
		}
	}()
	v.end = func() {
		cancel()
		<-done
		_ = conn.Close() // nothing is written
	}
	v.received = r
	if n, err := v.passed(ctx); err == nil {
		v.before = &n
	}
	v.phase, v.until, v.started = v1alpha1.VerificationRunning, until, metav1.NewTime(v.now().Truncate(time.Second))
	v.timer = time.NewTimer(until.Sub(v.now()))
	v.log.Info("verification started", "until", until, "target", v.target)
	return nil
}

// ended is the collector of a verification that has ended.
type ended struct {
	target   string
	received *received
	end      func()
}

// mostOpen bounds them: where Open vSwitch can't be written, none can be closed.
const mostOpen = 8

// finish ends a running verification; its result stays. The collector stays open until
// settle: were it closed while it is a target, ovs-vswitchd would log refusals, use up its
// few lines a minute, and be silent about real ones.
func (v *verification) finish(ctx context.Context) {
	open := v.received.look() // ovs-vswitchd sends what it still has, and closes them
	if n, err := v.passed(ctx); err == nil && open && v.before != nil {
		v.idle = n == *v.before
	}
	v.timer.Stop()
	v.open = append(v.open, ended{v.target, v.received, v.end})
	v.target, v.end = "", nil
	v.phase = v1alpha1.VerificationDone
}

// settle takes in what became of the rows. A collector is closed once the rows that were read back lack it: while
// ovs-vswitchd sends to it, its port must not become another program's. What arrives later than now is not counted.
func (v *verification) settle(r *reconciliation) {
	v.open = slices.DeleteFunc(v.open, func(e ended) bool {
		e.received.stop()
		if !r.lacks(e.target) {
			return false
		}
		e.end()
		return true
	})
}

// left are the addresses of the collectors that could not be closed yet.
func (v *verification) left() (addresses []string) {
	for _, e := range v.open {
		addresses = append(addresses, e.target)
	}
	return addresses
}

// finished gets a value when the time is up.
func (v *verification) finished() <-chan time.Time {
	if v.target == "" {
		return nil
	}
	return v.timer.C
}

// expire takes in that the time is up.
func (v *verification) expire() { v.expired = true }

// advanced gets a value when there is something of a format for the first time.
func (v *verification) advanced() <-chan struct{} {
	if v.target == "" {
		return nil
	}
	return v.received.advanced
}

// status is what to report.
func (v *verification) status(last *v1alpha1.Verification) *v1alpha1.Verification {
	if v.request == "" {
		return interruptedOf(last)
	}
	s := &v1alpha1.Verification{Request: v.request, Phase: v.phase, Reason: v.refusal.reason, Message: bounded(v.refusal.message), Idle: v.idle}
	if v.received == nil {
		return s
	}
	var err error
	if s.Formats, err = v.received.formats(v.formats); err != nil {
		s.Message = bounded("datagrams are not counted, because it is unknown whether they are ovs-vswitchd's: " + err.Error())
	}
	s.Started = &v.started
	now := v.now()
	if v.phase == v1alpha1.VerificationRunning && now.Sub(v.publishedAt) < publishEvery && len(v.published) == len(s.Formats) && !advanced(v.published, s.Formats) {
		s.Formats = v.published
		return s
	}
	v.published, v.publishedAt = s.Formats, now
	return s
}

// interruptedOf is the result of a verification before this agent started.
func interruptedOf(last *v1alpha1.Verification) *v1alpha1.Verification {
	if last == nil || last.Phase != v1alpha1.VerificationRunning {
		return last
	}
	over := last.DeepCopy()
	over.Phase = v1alpha1.VerificationDone
	return over
}

// advanced reports whether more of a format is proved than before.
func advanced(before, now []v1alpha1.VerifiedFormat) bool {
	for i := range now {
		if stage(before[i]) != stage(now[i]) || before[i].Foreign == 0 && now[i].Foreign > 0 {
			return true
		}
	}
	return false
}
