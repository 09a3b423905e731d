package agent

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/go-logr/logr"

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

// maxVerification bounds how long a verification may take: an extra target costs as much
// as any other.
const maxVerification = 10 * time.Minute

// verifier is what a verification works with.
type verifier struct {
	now    func() time.Time
	listen Listen
	log    logr.Logger
}

// verification is a collector of the agent's own, an extra target for some time.
type verification struct {
	verifier

	request string
	until   time.Time
	phase   v1alpha1.VerificationPhase
	message string
	formats []validation.Format
	// target is the collector's address while it runs.
	target string
	end    func()
	timer  *time.Timer

	// published is what was reported last, at publishedAt.
	published   []v1alpha1.VerifiedFormat
	publishedAt time.Time

	mu    sync.Mutex
	tally collector.Tally
}

// publishEvery is how often counts that only grow are reported: each report is a write of each
// node's.
const publishEvery = 5 * time.Second

// follow starts, keeps or ends the verification that the annotation requests, of the formats
// in want. last is the verification that was reported last, if any; writes says that the
// agent may write to Open vSwitch. It returns the collector's address while it is an extra
// target of every format, and otherwise "".
func (v *verification) follow(ctx context.Context, request string, last *v1alpha1.Verification, want [3]*ovs.Exporter, writes bool) (extra string) {
	now := v.now()
	if v.target != "" && (request != v.request || !now.Before(v.until)) {
		v.finish()
	}
	if request == v.request || request == "" {
		return v.target // without a request the last result stays
	}
	if v.request == "" && last != nil && last.Request == request && last.Phase != v1alpha1.VerificationRunning {
		v.request = request // it ended before this agent started
		return ""
	}
	v.release()
	*v = verification{verifier: v.verifier, request: request, phase: v1alpha1.VerificationRefused}
	if v.message = v.start(ctx, want, writes); v.message != "" {
		return ""
	}
	return v.target
}

// start starts the verification that was requested; the result says why it can't.
func (v *verification) start(ctx context.Context, want [3]*ovs.Exporter, writes bool) (refusal string) {
	now := v.now()
	until, err := time.Parse(time.RFC3339, v.request)
	switch {
	case err != nil:
		return fmt.Sprintf("%q is not an RFC 3339 time such as 2006-01-02T15:04:05Z", v.request)
	case !now.Before(until):
		return "the requested end is in the past; are the clocks synchronized?"
	case !writes:
		return "the agent may not change Open vSwitch: it runs in mode Observe or Cleanup, by its flag or by the FlowExportProfile, or the Cluster Network Operator applies no lists (see the condition Applied)"
	}
	if most := now.Add(maxVerification); until.After(most) {
		until = most
	}
	for _, f := range validation.Formats() {
		if want[f] != nil {
			v.formats = append(v.formats, f)
		}
	}
	if len(v.formats) == 0 {
		return "no collectors are configured, so there is nothing to verify"
	}
	if err := v.open(ctx, until); err != nil {
		return err.Error()
	}
	return ""
}

// open opens the collector.
func (v *verification) open(ctx context.Context, until time.Time) error {
	conn, err := v.listen(ctx)
	if err != nil {
		return fmt.Errorf("open the collector: %w", err)
	}
	receiving, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := collector.Receive(receiving, conn, v.now, func(m collector.Message, err error) {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.tally.Add(m, err, m.Received)
		})
		if err != nil {
			v.log.Error(err, "verification collector failed")
		}
	}()
	v.end = func() {
		cancel()
		<-done
		_ = conn.Close() // nothing is written
	}
	v.target, v.phase, v.until = conn.LocalAddr().String(), v1alpha1.VerificationRunning, until
	v.timer = time.NewTimer(until.Sub(v.now()))
	v.log.Info("verification started", "until", until, "target", v.target)
	return nil
}

// finish ends a running verification; its result stays. The collector stays open until
// release: were it closed while it is a target, ovs-vswitchd would log refusals, use up its
// few lines a minute, and be silent about real ones.
func (v *verification) finish() {
	v.timer.Stop()
	v.target = ""
	v.phase = v1alpha1.VerificationDone
}

// release closes the collector of a verification that has ended.
func (v *verification) release() {
	if v.target == "" && v.end != nil {
		v.end()
		v.end = nil
	}
}

// stop closes the collector at once.
func (v *verification) stop() {
	if v.target != "" {
		v.finish()
	}
	v.release()
}

// finished gets a value when the time is up.
func (v *verification) finished() <-chan time.Time {
	if v.target == "" {
		return nil
	}
	return v.timer.C
}

// status is what to report.
func (v *verification) status() *v1alpha1.Verification {
	if v.request == "" || v.phase == "" {
		return nil
	}
	s := &v1alpha1.Verification{Request: v.request, Phase: v.phase, Message: v.message}
	s.Formats = v.counts()
	now := v.now()
	if v.phase == v1alpha1.VerificationRunning && now.Sub(v.publishedAt) < publishEvery && len(v.published) == len(s.Formats) && !begins(v.published, s.Formats) {
		s.Formats = v.published
		return s
	}
	v.published, v.publishedAt = s.Formats, now
	return s
}

// begins reports whether there are records of a format that had none: that is what a verification
// waits for.
func begins(before, now []v1alpha1.VerifiedFormat) bool {
	for i := range now {
		if before[i].Records == 0 && now[i].Records > 0 {
			return true
		}
	}
	return false
}

// counts are what the collector received of each format.
func (v *verification) counts() []v1alpha1.VerifiedFormat {
	var list []v1alpha1.VerifiedFormat
	v.mu.Lock()
	defer v.mu.Unlock()
	counts := v.tally.Counts()
	for _, f := range v.formats {
		sum := v1alpha1.VerifiedFormat{Format: v1alpha1.FlowFormat(f.Name())}
		for _, c := range counts {
			if c.Format == f {
				sum.Datagrams += int64(c.Datagrams) //nolint:gosec // counts of some minutes
				sum.Records += int64(c.Records)     //nolint:gosec // counts of some minutes
				sum.Undecoded += int64(c.Undecoded) //nolint:gosec // counts of some minutes
			}
		}
		list = append(list, sum)
	}
	return list
}
