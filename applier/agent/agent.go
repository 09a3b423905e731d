package agent

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/internal/backoff"
)

// Config is what an agent needs.
type Config struct {
	// Node is the node's name.
	Node   string
	Mode   v1alpha1.Mode
	Bridge string
	OVS    OpenVSwitch
	// HasNorthbound says that OVS knows OVN's northbound database.
	HasNorthbound bool
	// Sockets lists ovs-vswitchd's sockets, VswitchdLog reads its log.
	Sockets     SocketLister
	VswitchdLog LogReader
	// Source tells what is wanted, and publishes what is.
	Source Source
	// Changes gets a value when OVSDB changes.
	Changes <-chan struct{}
	// Alive is told that the loop is at work, at least once in the time of Poll.
	Alive func()
	// Listen opens the verification's collector.
	Listen Listen
	// Resync is about how often to look without a reason, Poll how often to look at the
	// collectors only.
	Resync, Poll time.Duration
	// HoldDown and MaxRepairs limit repairs of what others wrote.
	HoldDown   time.Duration
	MaxRepairs int
	Now        func() time.Time
	Registry   prometheus.Registerer
	Log        logr.Logger
}

// Agent keeps one node as it is wanted.
type Agent struct {
	config   Config
	log      logr.Logger
	metrics  *metrics
	holdDown holdDown
	// known are the rows that are Sluice's own, by format.
	known        [3]ovs.UUID
	delivery     delivery
	cost         cost
	verification verification
	// status is what was reported last, and last what it was made from.
	status     *v1alpha1.NodeFlowExportStatus
	last       *reconciliation
	lastInputs Snapshot
	failures   int
	// behind counts the passes since which ovs-vswitchd has not dealt with a change.
	behind int
	// current says that nothing changed in Open vSwitch since the last pass read it.
	current bool
	// inspected is when the counters were read last.
	inspected time.Time
	ready     atomic.Bool
}

// New makes an agent.
func New(config Config) *Agent {
	a := &Agent{
		config: config, log: config.Log, metrics: newMetrics(config.Registry),
		holdDown:     holdDown{wait: config.HoldDown, maxRepairs: config.MaxRepairs},
		verification: verification{verifier: verifier{now: config.Now, listen: config.Listen, log: config.Log}},
	}
	config.Source.OnPublish(a.metrics.published)
	return a
}

// Run works until ctx ends. What is exported then goes on being exported.
func (a *Agent) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return a.config.Source.Run(ctx) })
	group.Go(func() error { return a.loop(ctx) })
	if err := group.Wait(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("run the agent: %w", err)
	}
	return nil
}

// Ready reports whether the agent has looked at its node at least once since it started,
// and found Open vSwitch.
func (a *Agent) Ready() bool { return a.ready.Load() }

// loop does one pass after the other: when something changed, and otherwise now and then.
func (a *Agent) loop(ctx context.Context) error {
	timer := time.NewTimer(0)
	<-timer.C
	defer timer.Stop()
	defer a.verification.stop()
	var full time.Time // when a whole pass is due
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.config.Source.Changes():
			full = time.Time{}
		case <-a.config.Changes:
			a.current = false
			full = time.Time{}
		case <-a.verification.finished():
			full = time.Time{}
		case <-timer.C:
		}
		inputs, ok := a.config.Source.Inputs()
		if !ok {
			continue // not all is known yet; the source tells when it is
		}
		now := a.config.Now()
		if now.Before(full) {
			a.poll()
			a.config.Alive()
			timer.Reset(min(a.config.Poll, full.Sub(now)))
			continue
		}
		if !full.IsZero() {
			a.current = false // the time has come to look whether the watch missed something
		}
		full = now.Add(a.reconcile(ctx, inputs))
		a.config.Alive()
		timer.Reset(min(a.config.Poll, full.Sub(now)))
	}
}

// catchUp is how soon to look whether ovs-vswitchd has dealt with a change; then ever later.
const catchUp = 500 * time.Millisecond

// reconcile does one whole pass and says how long to wait for the next.
func (a *Agent) reconcile(ctx context.Context, inputs Snapshot) time.Duration {
	a.adopt(inputs)
	want := desired.New(inputs.Inputs)
	if want.Unknown != "" {
		a.log.Info("hands off", "reason", want.HandsOff) // there may be no Node to report for
	}
	writes := a.config.Mode == v1alpha1.ModeEnforce && want.HandsOff == ""
	extra := a.verification.follow(ctx, inputs.Verify, a.status.Verification, want.Exporters, writes)
	p := a.apply(ctx, want, extra)
	a.verification.release()
	if ctx.Err() != nil {
		return 0 // what was seen on the way out says nothing about the node
	}
	a.inspect(ctx, p)
	a.report(p, inputs)
	a.ready.Store(p.err == nil)
	a.log.V(1).Info("pass", "generation", want.Generation, "written", p.written, "behind", p.state.Behind())
	if p.err != nil || p.writeErr != nil || p.drops.err != nil {
		a.failures++
		a.log.Info("not as wanted", "reason", cmp.Or(p.err, p.writeErr, p.drops.err).Error(), "failures", a.failures)
		return backoff.Wait(a.failures)
	}
	a.failures = 0
	wait := a.config.Resync*9/10 + rand.N(a.config.Resync/5) //nolint:gosec // jitter
	a.behind++
	if !p.state.Behind() {
		a.behind = 0
	}
	if a.behind > 0 {
		wait = min(wait, catchUp<<min(a.behind-1, 10))
	}
	if !p.again.IsZero() {
		wait = min(wait, max(0, p.again.Sub(a.config.Now())))
	}
	return wait
}

// adopt remembers, when the agent has just started, what it reported before: which rows are
// Sluice's, and since when all is as it is.
func (a *Agent) adopt(inputs Snapshot) {
	if a.status != nil {
		return
	}
	a.status = inputs.Status.DeepCopy()
	if a.status == nil {
		a.status = &v1alpha1.NodeFlowExportStatus{}
	}
	for _, f := range a.status.Formats {
		if format, ok := formatNamed(f.Format); ok && f.Class != "" && f.Class != v1alpha1.DriftForeign {
			a.known[format] = ovs.UUID(f.Row)
		}
	}
}
