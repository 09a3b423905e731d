package agent

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/applier/splitter"
	"sluice/internal/backoff"
	"sluice/validation"
)

// Config configures an agent.
type Config struct {
	// Node is the node's name.
	Node   string
	Mode   v1alpha1.Mode
	Bridge string
	OVS    OpenVSwitch
	// HasNorthbound says that OVS knows OVN's northbound database.
	HasNorthbound bool
	// Vswitchd is ovs-vswitchd, VswitchdLog reads its log. Timeout is how long it may take to
	// answer.
	Vswitchd    Vswitchd
	VswitchdLog LogReader
	Timeout     time.Duration
	// Probe asks whether a collector refuses datagrams, about every ProbeInterval; nil or 0 for
	// never.
	Probe         Probe
	ProbeInterval time.Duration
	// Source reads the cluster and publishes the node's report.
	Source Source
	// Changes gets a value when OVSDB changes; nil if it is not watched.
	Changes <-chan struct{}
	// Alive is called to show that the loop runs, at least once per Poll.
	Alive func()
	// Listen opens the verification's collector, and the socket for the records of tenants.
	Listen Listen
	// Dial opens a socket to a tenant's collector.
	Dial splitter.Dial
	// Addresses lists the addresses of the node.
	Addresses splitter.Addresses
	// Confirm asks for a call of InterfacesConfirmed; nil if interfaces are always known to be current.
	Confirm func(number uint64)
	// Resync is about how often to reconcile without a change, Poll how often to check the
	// collectors.
	Resync, Poll time.Duration
	// HoldDown is how long to wait before repairing another writer's change, MaxRepairs how
	// many repairs of one format are made within an hour.
	HoldDown   time.Duration
	MaxRepairs int
	// Linger is how long the target for FlowExports stays after the last selected pod or FlowExport left. Each change
	// of the targets makes ovs-vswitchd open the sockets of all collectors of the row again.
	Linger time.Duration
	// WriteBurst is how many writes to Open vSwitch are possible without a pause; 0 for no limit.
	WriteBurst int
	// Lock keeps a second agent on the node from writing; nil for none.
	Lock Lock
	// Record records an Event about what happened; nil for none. It doesn't block.
	Record   func(Trace)
	Now      func() time.Time
	Registry prometheus.Registerer
	Log      logr.Logger
}

// Agent keeps one node's Open vSwitch in the desired state.
type Agent struct {
	config   Config
	log      logr.Logger
	metrics  *metrics
	holdDown holdDown
	// known are the rows that Sluice knows as its own, by format.
	known      [3]ovs.UUID
	northbound northbound
	// memory is what OVN-Kubernetes configures for the cluster's lists, also earlier ones.
	memory    memory
	delivery  delivery
	prober    prober
	reopening reopening
	budget    budget
	// targetBudget bounds the writes for the target of FlowExports alone: tenants can make it come and go.
	targetBudget budget
	tracer       tracer
	// lock says why the agent does not have the lock that it needs; nil if it has it. told says that it was
	// reported.
	lock         *ovs.LockError
	told         bool
	cost         cost
	storing      storing
	verification verification
	tenants      *tenants
	// owed are the exporters that have to send their templates.
	owed  owed
	wakes wakes
	// leaving are targets of the agent's own that a withdrawal has to remove.
	leaving []string
	// status is what was reported last, last and lastInputs what it was built from.
	status     *v1alpha1.NodeFlowExportStatus
	adopted    bool
	last       *reconciliation
	lastInputs Snapshot
	failures   int
	// behind counts the reconciliations since which ovs-vswitchd has not applied a change.
	behind int
	// progress tells which change of the configuration ovs-vswitchd has to apply.
	progress progress
	// current says that Open vSwitch has not changed since it was read last.
	current bool
	// inspected is when the counters were read last.
	inspected time.Time
	ready     atomic.Bool
}

// New prepares an agent; Run starts it.
func New(config Config) *Agent {
	a := &Agent{
		config: config, log: config.Log, metrics: newMetrics(config.Registry),
		holdDown:     holdDown{wait: config.HoldDown, maxRepairs: config.MaxRepairs},
		budget:       budget{burst: float64(config.WriteBurst)},
		targetBudget: budget{burst: targetBurst, every: targetRefill},
		tracer:       newTracer(),
		prober:       prober{now: config.Now, probe: config.Probe, interval: config.ProbeInterval, found: make(chan struct{}, 1)},
		verification: verification{verifier: verifier{now: config.Now, listen: config.Listen, sockets: config.Vswitchd.Sockets, passed: config.OVS.Passed, log: config.Log}},
		tenants:      newTenants(config),
		wakes:        newWakes(),
	}
	config.Registry.MustRegister(tenantMetrics{a.tenants.splitter})
	config.Source.OnPublish(func(err error) {
		a.metrics.published(err)
		a.storing.note(err, config.Now())
	})
	return a
}

// Interfaces takes in the interfaces that Open vSwitch has. It may be called at any time, and so may
// InterfacesConfirmed and InterfacesLost.
func (a *Agent) Interfaces(list []ovs.Interface) { a.tenants.interfaces(list) }

// InterfacesConfirmed answers what Config.Confirm asked.
func (a *Agent) InterfacesConfirmed(number uint64) { a.tenants.splitter.Confirmed(number) }

// InterfacesLost takes in that changes of the interfaces are not heard of any more.
func (a *Agent) InterfacesLost() { a.tenants.lose() }

// Run reconciles until ctx ends. Export continues afterwards.
func (a *Agent) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return a.config.Source.Run(ctx) })
	group.Go(func() error { return a.loop(ctx) })
	if err := group.Wait(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("run the agent: %w", err)
	}
	return nil
}

// Ready reports whether the last reconciliation could read Open vSwitch, and no other agent has the
// node's lock; false before the first one.
func (a *Agent) Ready() bool { return a.ready.Load() }

// loop reconciles on every change that concerns the node, and otherwise after each Resync.
func (a *Agent) loop(ctx context.Context) error {
	timer := time.NewTimer(0)
	<-timer.C
	defer timer.Stop()
	defer a.wakes.rest.Stop()
	defer a.tenants.close()
	defer a.withdraw(ctx)
	defer a.prober.wait()
	var full time.Time // when a reconciliation is due, whatever else happens
	for {
		cause := a.wait(ctx, timer)
		switch cause {
		case causeEnd:
			return nil
		case causeRested:
			continue // what changed meanwhile is looked at now
		case causeOther:
			full = time.Time{}
		case causeObjects, causeTime:
		}
		a.tenants.lookAfterSockets(a.config.Poll)
		began := a.config.Now()
		inputs, ok := a.config.Source.Inputs()
		if !ok {
			if cause == causeObjects {
				full = time.Time{}
			}
			timer.Reset(a.config.Poll)
			continue // some inputs were not read yet; the source tells when they were
		}
		now := a.config.Now()
		if a.lock != nil && a.last != nil && a.takeLock() == nil {
			full = time.Time{}
		}
		if cause == causeObjects && a.wakes.looked(a.concerns(inputs), now.Sub(began), now) {
			full = time.Time{}
		}
		next := a.wakes.sooner(full)
		switch {
		case !now.Before(next):
			if !full.IsZero() && !now.Before(full) {
				a.current = false // in case the watch missed a change
				a.northbound.clean = false
			}
			a.wakes.reconciles(now)
			full = now.Add(a.reconcile(ctx, inputs))
			next = full
		case cause == causeObjects:
			if next.Before(full) {
				timer.Reset(next.Sub(now)) // earlier than a poll, or soon after
			}
			continue // there is nothing to report
		default:
			a.poll(ctx)
		}
		a.sign()
		timer.Reset(min(a.pollInterval(), next.Sub(now)))
	}
}

// cause is why the loop goes on.
type cause int

const (
	causeTime    cause = iota // it is time to look, or a poll has something to report
	causeObjects              // something changed in the cluster
	causeOther                // something else changed
	causeRested               // changes in the cluster are looked at again
	causeEnd                  // the agent ends
)

// wait waits until there is something to do.
func (a *Agent) wait(ctx context.Context, timer *time.Timer) cause {
	select {
	case <-ctx.Done():
		return causeEnd
	case <-a.wakes.changes(a.config.Source.Changes()):
		return causeObjects
	case <-a.wakes.rest.C:
		a.wakes.resting = false
		return causeRested
	case <-a.config.Changes:
		a.current = false
		return causeOther
	case <-a.tenants.changed:
		return causeOther
	case <-a.verification.finished():
		a.verification.expire()
		return causeOther
	case <-a.prober.found: // a poll reports it
	case <-a.verification.advanced(): // the same
	case <-timer.C:
	}
	return causeTime
}

// pollInterval is how often to look without a change.
func (a *Agent) pollInterval() time.Duration {
	if a.lock != nil {
		return min(a.config.Poll, lockRetry)
	}
	return a.config.Poll
}

// sign gives a sign of life.
func (a *Agent) sign() {
	if !a.quiet() && a.storing.works(a.config.Now()) {
		a.config.Alive()
	}
}

// catchUp is how soon to check whether ovs-vswitchd has applied a change; doubled each time.
const catchUp = 500 * time.Millisecond

// reconcile reconciles once and says how long to wait for the next time.
func (a *Agent) reconcile(ctx context.Context, inputs Snapshot) time.Duration {
	a.adopt(inputs)
	want := desired.New(inputs.Inputs)
	if want.Unknown != "" {
		a.log.Info("desired configuration unknown, changing nothing", "reason", want.HandsOff) // there may be no Node to report for
	}
	mode := a.mode(want)
	lock := a.takeLock()
	writes := mode == v1alpha1.ModeEnforce && want.HandsOff == "" && lock == nil
	if !writes {
		a.withdraw(ctx)
	}
	extra := ""
	if !a.quiet() { // the other agent reports the result
		extra = a.verification.follow(ctx, inputs.Verify, a.status.Verification, want.Exporters, writes)
	}
	split := a.tenants.follow(ctx, inputs.Inputs, want, writes)
	p := a.apply(ctx, mode, want, targets{verification: extra, tenants: split})
	a.verification.settle(p)
	a.tenants.settle(p)
	p.sooner(a.tenants.again())
	if ctx.Err() != nil {
		return 0 // what was seen while ending says nothing about the node
	}
	a.inspect(ctx, p)
	a.reopen(ctx, p)
	a.report(p, inputs)
	a.ready.Store(p.err == nil && !a.quiet())
	a.log.V(1).Info("reconciled", "generation", want.Generation, "written", p.written, "pending", p.pending)
	if p.err != nil || p.writeErr != nil || p.drops.err != nil {
		a.failures++
		a.log.Info("reconciliation failed, will retry", "reason", cmp.Or(p.err, p.writeErr, p.drops.err).Error(), "failures", a.failures)
		return backoff.Wait(a.failures)
	}
	a.failures = 0
	wait := a.config.Resync*9/10 + rand.N(a.config.Resync/5) //nolint:gosec // jitter
	a.behind++
	if p.pending == 0 {
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

// mode is what the agent may do: what its flag says, unless the node's profile says less.
func (a *Agent) mode(want desired.State) v1alpha1.Mode {
	if a.config.Mode == v1alpha1.ModeEnforce && want.Observe {
		return v1alpha1.ModeObserve
	}
	return a.config.Mode
}

// adopt takes over, when the agent has just started, what was reported before: which rows are
// Sluice's own, and the times of the conditions and states.
func (a *Agent) adopt(inputs Snapshot) {
	if a.status == nil {
		a.status = &v1alpha1.NodeFlowExportStatus{}
	}
	if len(inputs.Unsynced) > 0 && !a.adopted && len(a.status.Conditions) == 0 && inputs.Status != nil {
		a.status.Conditions = slices.Clone(inputs.Status.Conditions) // since when the profiles are unknown, for example
	}
	if a.adopted || len(inputs.Unsynced) > 0 {
		return
	}
	a.adopted = true
	if inputs.Status != nil {
		a.status = inputs.Status.DeepCopy()
	}
	for _, f := range a.status.Formats {
		if format, ok := validation.FormatNamed(string(f.Format)); ok && f.Class != "" && f.Class != v1alpha1.DriftForeign {
			a.known[format] = ovs.UUID(f.Row)
		}
	}
}
