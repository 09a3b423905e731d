package enforcement

import (
	"context"
	"time"

	"sluice/internal/informer"
	"sluice/internal/kube"
	"sluice/validation"
)

// audited is what an audit reads.
type audited struct {
	network, config *informer.Informer
	// replicas is nil if they are not known. covered receives a value after they changed.
	replicas *Replicas
	covered  chan struct{}
	// admissionPolicies receives a value after an admission policy changed.
	admissionPolicies <-chan struct{}
}

func (a *Auditor) watch() (o audited, err error) {
	if o.network, err = informer.New(a.Client.Resource(kube.Networks()), validation.ClusterName, "networks", a.Log, a.Watching...); err != nil {
		return o, err
	}
	if o.config, err = informer.New(a.Client.Resource(kube.ConfigMaps()).Namespace(validation.FlowsConfigNamespace), validation.FlowsConfigName, "configmaps", a.Log, a.Watching...); err != nil {
		return o, err
	}
	if a.Namespace != "" {
		o.replicas, err = NewReplicas(a.Client, a.Namespace, a.Limit, a.Now, a.Log, a.Watching...)
	}
	return o, err
}

// start starts the watches, and waits until everything is read once. It returns false if ctx ends
// before.
func (a *Auditor) start(ctx context.Context, o *audited) bool {
	go o.network.RunWithContext(ctx)
	go o.config.RunWithContext(ctx)
	o.covered = make(chan struct{}, 1)
	if o.replicas != nil {
		go o.replicas.run(ctx, a.Client.Resource(kube.Leases()).Namespace(a.Namespace), a.Log, func() {
			select {
			case o.covered <- struct{}{}:
			default: // a value is waiting already
			}
		})
		if !o.replicas.leases.Wait(ctx) {
			return false
		}
	}
	if !o.network.Wait(ctx) || !o.config.Wait(ctx) {
		return false
	}
	if a.AdmissionPolicies == nil {
		return true
	}
	if !a.AdmissionPolicies.Start(ctx) {
		return false
	}
	o.admissionPolicies = a.AdmissionPolicies.Changes()
	return true
}

// stale reports whether the audited objects may have changed since they were read.
func (o audited) stale(limit time.Duration) bool {
	return limit > 0 && max(o.network.Silence(), o.config.Silence()) > limit
}

// settle is how long replicas have to report a new generation before the status says that it is
// pending. They usually need milliseconds, so that each change costs one write of the status.
const settle = 2 * time.Second

// pending is a generation of a policy that not all replicas have reported, and since when.
type pending struct {
	generation int64
	since      time.Time
}

// wait reports whether to wait for the replicas before the status of a policy is stored. It waits
// only for a new generation: until then, the stored status is about the previous one, and says so.
func (a *Auditor) wait(s State) bool {
	if s.coverage == nil || s.Err != nil || s.coverage.complete(s) || s.Status != nil && s.Status.ObservedGeneration == s.Generation {
		delete(a.pending, s.UID)
		return false
	}
	p, ok := a.pending[s.UID]
	if !ok || p.generation != s.Generation {
		p = pending{s.Generation, a.Now()}
		a.pending[s.UID] = p
	}
	return a.Now().Sub(p.since) < settle
}
