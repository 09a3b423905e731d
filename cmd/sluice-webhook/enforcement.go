package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/pflag"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/leaderelection/resourcelock"

	"sluice/cmd/internal/flags"
	"sluice/validation"
	"sluice/webhook/enforcement"
)

// enforcementFlags say where policies are read from.
type enforcementFlags struct {
	policies string
	exempt   []string
}

func (f *enforcementFlags) register(set *pflag.FlagSet) {
	set.StringVar(&f.policies, "policies", "cluster", "source of FlowExportPolicies: cluster, or off to check lists without policies")
	flags.RegisterExempt(set, &f.exempt)
}

// policies are the parts that enforce policies; all are nil with --policies=off.
type policies struct {
	watch *enforcement.Watch
	// events is nil in a process that answers no reviews, and auditor in one that does only that.
	events  *enforcement.Events
	auditor *enforcement.Auditor
	client  kubernetes.Interface
	lease   metav1.ObjectMeta
	log     logr.Logger
}

// check rejects unknown values.
func (f *enforcementFlags) check() error {
	if f.policies != "off" && f.policies != "cluster" {
		return fmt.Errorf("--policies: %q is unknown; use cluster or off", f.policies)
	}
	return nil
}

func (f *enforcementFlags) prepare(ctx context.Context, role role, api *apiServer, options validation.Options, registry prometheus.Registerer, log logr.Logger) (*policies, error) {
	if f.policies == "off" {
		return &policies{}, nil
	}
	watch, err := enforcement.NewWatch(api.dynamic, flags.Exempt(f.exempt), log)
	if err != nil {
		return nil, err
	}
	p := &policies{watch: watch, client: api.client, log: log, lease: metav1.ObjectMeta{Name: "sluice-controller", Namespace: api.namespace}}
	if role.serves() {
		registry.MustRegister(enforcement.NewInForce(watch))
		p.events = enforcement.NewEvents(ctx, api.client.CoreV1(), watch)
	}
	if role.controls() {
		p.auditor = &enforcement.Auditor{
			Client: api.dynamic, Watch: watch, Options: options, Now: time.Now, Log: log,
			Violations: enforcement.NewViolations(registry).Set,
			Registered: api.registration.Subscribe(),
			Registration: func() enforcement.Registration {
				problem, known := api.registration.Problem()
				return enforcement.Registration{Known: known, Problem: problem}
			},
		}
	}
	return p, nil
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
	return p.watch.Run(ctx)
}

// auditUntil writes the status of the policies while this process is the elected one.
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
			p.log.Info("elected: this process writes the status of the policies")
			if err := p.auditor.Run(ctx); err != nil {
				p.log.Error(err, "status of the policies can't be written")
			}
			p.auditor.Violations(nil) // from now on another process exports them
		},
	}).Run(ctx)
}
