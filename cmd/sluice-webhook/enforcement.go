package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/pflag"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/leaderelection/resourcelock"

	"sluice/cmd/internal/flags"
	"sluice/validation"
	"sluice/webhook/admissionpolicies"
	"sluice/webhook/enforcement"
	"sluice/webhook/profiles"
	"sluice/webhook/tenants"
)

// enforcementFlags say where policies are read from.
type enforcementFlags struct {
	policies          string
	admissionPolicies string
	exempt            []string
}

func (f *enforcementFlags) register(set *pflag.FlagSet) {
	set.StringVar(&f.policies, "policies", "cluster", "source of FlowExportPolicies: cluster, or off to check lists without policies")
	set.StringVar(&f.admissionPolicies, "admission-policies", string(admissionpolicies.Removal), "ValidatingAdmissionPolicies to keep in the API server: removal, those that deny the removal of all collectors even if the webhook does not answer; all, also those of \"sluice policy compile\"; or off")
	flags.RegisterExempt(set, &f.exempt)
}

// policies are the parts that enforce policies; all are nil with --policies=off.
type policies struct {
	watch *enforcement.Watch
	// events is nil in a process that answers no reviews, and auditor in one that does only that.
	events  *enforcement.Events
	auditor *enforcement.Auditor
	// recorder is nil in a process that answers no reviews.
	recorder *enforcement.Recorder
	keeper   *admissionpolicies.Keeper
	// profiles is nil in a process that answers reviews only.
	profiles *profiles.Reporter
	// namespaces is nil in a process that answers no reviews, and exports in one that does only that.
	namespaces *tenants.Watch
	exports    *tenants.Reporter
	client     kubernetes.Interface
	lease      metav1.ObjectMeta
	log        logr.Logger
}

// check rejects unknown values.
func (f *enforcementFlags) check() error {
	if f.policies != "off" && f.policies != "cluster" {
		return fmt.Errorf("--policies: %q is unknown; use cluster or off", f.policies)
	}
	if _, err := admissionpolicies.ParseMode(f.admissionPolicies); err != nil {
		return fmt.Errorf("--admission-policies: %w", err)
	}
	return nil
}

func (f *enforcementFlags) prepare(ctx context.Context, role role, bind string, api *apiServer, options validation.Options, registry prometheus.Registerer, log logr.Logger) (*policies, error) {
	if f.policies == "off" {
		return &policies{}, nil
	}
	watch, err := enforcement.NewWatch(api.dynamic, flags.Exempt(f.exempt), api.staleAfter, log, api.watching...)
	if err != nil {
		return nil, err
	}
	p := &policies{watch: watch, client: api.client, log: log, lease: metav1.ObjectMeta{Name: "sluice-controller", Namespace: api.namespace}}
	if role.serves() {
		if p.namespaces, err = tenants.NewWatch(api.dynamic, api.staleAfter, log, api.watching...); err != nil {
			return nil, err
		}
		registry.MustRegister(enforcement.NewInForce(watch))
		p.events = enforcement.NewEvents(ctx, api.client.CoreV1(), watch)
		host, err := os.Hostname()
		if err != nil {
			return nil, fmt.Errorf("name of this replica: %w", err)
		}
		p.recorder = &enforcement.Recorder{
			Client: api.dynamic, Namespace: api.namespace, Name: enforcement.ReplicaName(host, bind), Holder: host,
			Watch: watch, Limit: api.staleAfter, Now: time.Now, Log: log, Options: options, Exempt: f.exempt,
		}
	}
	if role.controls() {
		keeper, err := f.keeper(api, options, registry, log)
		if err != nil {
			return nil, err
		}
		p.keeper = keeper
		if p.profiles, err = reporter(api, options, log); err != nil {
			return nil, err
		}
		p.exports = &tenants.Reporter{
			Client: api.dynamic, Options: options, Now: time.Now, Watching: api.watching, Limit: api.staleAfter,
			Pause: tenants.DefaultPause, Log: log, Changed: watch.Subscribe(),
			Policies: watch.Set, Counted: make(chan struct{}, 1),
		}
		p.auditor = &enforcement.Auditor{
			Client: api.dynamic, Watch: watch, Options: options, Now: time.Now, Log: log,
			Namespace: api.namespace, Watching: api.watching, Limit: api.staleAfter,
			Violations: enforcement.NewViolations(registry).Set, AdmissionPolicies: keeper,
			Registered:  api.registration.Subscribe(),
			FlowExports: p.exports.Counts, Counted: p.exports.Counted,
			Registration: func() enforcement.Registration {
				problem, known := api.registration.Problem()
				return enforcement.Registration{Known: known, Stale: api.registration.Stale(), Problem: problem}
			},
		}
	}
	return p, nil
}

// reporter returns what writes the status of the profiles.
func reporter(api *apiServer, options validation.Options, log logr.Logger) (*profiles.Reporter, error) {
	client, err := metadata.NewForConfig(api.config)
	if err != nil {
		return nil, fmt.Errorf("no access to the API server: %w", err)
	}
	return &profiles.Reporter{
		Client: api.dynamic, Metadata: client, Options: options, Now: time.Now,
		Watching: api.watching, Pause: profiles.DefaultPause, Log: log,
	}, nil
}

// keeper returns what keeps the admission policies.
func (f *enforcementFlags) keeper(api *apiServer, options validation.Options, registry prometheus.Registerer, log logr.Logger) (*admissionpolicies.Keeper, error) {
	mode, err := admissionpolicies.ParseMode(f.admissionPolicies)
	if err != nil {
		return nil, fmt.Errorf("--admission-policies: %w", err)
	}
	return admissionpolicies.New(admissionpolicies.Config{
		Client: api.dynamic, Mode: mode, Exempt: f.exempt, IPv6: options.IPv6, Log: log, Watching: api.watching,
		InForce: admissionpolicies.NewMetrics(registry).Set,
	})
}

// callbacks are what the webhook calls for each review; nil without policies.
func (p *policies) callbacks() (func() (validation.PolicySet, error), func(user, resource string, denials []validation.Denial, omitted int)) {
	if p.watch == nil {
		return nil, nil
	}
	return p.watch.Policies, p.events.Denied
}

func (p *policies) watchUntil(ctx context.Context) error {
	if p.watch == nil {
		return nil
	}
	if p.events != nil {
		defer p.events.Stop()
	}
	if p.namespaces != nil {
		go func() { _ = p.namespaces.Run(ctx) }() // it ends with ctx, and has no error
	}
	return p.watch.Run(ctx)
}

// recordUntil records which policies this replica has in force.
func (p *policies) recordUntil(ctx context.Context) error {
	if p.recorder == nil {
		return nil
	}
	return p.recorder.Run(ctx)
}

// auditUntil writes the status of the policies and profiles while this process is the elected one.
func (p *policies) auditUntil(ctx context.Context) error {
	if p.auditor == nil {
		return nil
	}
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("name of this process: %w", err)
	}
	return (&enforcement.Election{
		Lock: &resourcelock.LeaseLock{
			LeaseMeta: p.lease, Client: p.client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: host + "_" + string(uuid.NewUUID())},
		},
		Work: func(ctx context.Context) {
			p.log.Info("elected: this process writes the status of the policies, the profiles and the FlowExports")
			var work sync.WaitGroup
			work.Go(func() {
				if err := p.profiles.Run(ctx); err != nil {
					p.log.Error(err, "status of the profiles can't be written")
				}
			})
			work.Go(func() {
				if err := p.exports.Run(ctx); err != nil {
					p.log.Error(err, "status of the FlowExports can't be written")
				}
			})
			if err := p.auditor.Run(ctx); err != nil {
				p.log.Error(err, "status of the policies can't be written")
			}
			work.Wait()
			p.auditor.Violations(nil) // from now on another process exports them
			p.keeper.InForce(nil)
		},
	}).Run(ctx)
}
