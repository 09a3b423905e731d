package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"k8s.io/klog/v2"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"sluice/cmd/internal/flags"
	"sluice/cmd/internal/logging"
	"sluice/cmd/internal/suggest"
	versioncommand "sluice/cmd/internal/version"
	"sluice/webhook"
	"sluice/webhook/activation"
	"sluice/webhook/registration"
	registrationmetrics "sluice/webhook/registration/metrics"
)

// webhookFlags are the flags of sluice-webhook.
type webhookFlags struct {
	role                          role
	bind, healthBind, metricsBind string
	certificates                  certificateFlags
	drain                         time.Duration
	review                        flags.Review
	api                           apiServerFlags
	paths                         pathFlags
	enforcement                   enforcementFlags
	memory                        memoryFlags
	logLevel, logFormat           string
}

func newCommand(getenv func(string) string) *cobra.Command {
	var f webhookFlags
	command := &cobra.Command{
		Use:   "sluice-webhook",
		Short: "Serve the admission webhook",
		Long: `Serve the mutating and validating admission webhook for Network.operator and the
ConfigMap ovs-flows-config. The API server calls it over TLS, as configured by the webhook
configurations in manifests/. It also reviews FlowExportProfiles, FlowExports and NetObserv's
FlowCollectors.
The webhook watches the FlowExportPolicies and evaluates them from memory, and the controller
reports in their status. To answer a request, the webhook makes no calls and resolves no names.

The manifests run it as two Deployments with separate accounts: sluice-webhook with
--role=serve answers reviews, and sluice-controller with --role=control writes the webhook
configurations and the status of the policies.`,
		Example: `  # in a pod: create a certificate, and publish its authority in the webhook configurations
  sluice-webhook

  # with a certificate from cert-manager or OpenShift's service CA in a directory
  sluice-webhook --cert-dir=/etc/sluice/tls
  sluice-webhook --cert-dir=/etc/sluice/tls --normalization=reject --bind=127.0.0.1:9443

  # without access to the API server: check lists, but evaluate no policies
  sluice-webhook --cert-dir=/etc/sluice/tls --policies=off`,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd.Context(), cmd.ErrOrStderr())
		},
	}
	set := command.Flags()
	f.role.register(set)
	set.StringVar(&f.bind, "bind", ":9443", "address to serve reviews on, over TLS")
	set.StringVar(&f.healthBind, "health-bind", ":8081", "address to serve /healthz and /readyz on; empty to disable")
	set.StringVar(&f.metricsBind, "metrics-bind", ":8080", "address to serve /metrics on; empty to disable")
	f.certificates.register(set)
	set.DurationVar(&f.drain, "drain", 10*time.Second, "how long to keep serving after SIGTERM, while not ready")
	f.review.Register(set)
	f.api.register(set, getenv)
	f.paths.register(set)
	f.enforcement.register(set)
	f.memory.register(set, getenv)
	set.StringVar(&f.logLevel, "log-level", "info", "log level: info, or debug to also log changes that are accepted")
	set.StringVar(&f.logFormat, "log-format", "json", "log format: json or text")
	command.AddCommand(versioncommand.Command("sluice-webhook", version))
	return suggest.Usage(versioncommand.Flag(command, version))
}

func (f *webhookFlags) run(ctx context.Context, stderr io.Writer) error {
	config, err := f.config()
	if err != nil {
		return err
	}
	if err := f.memory.apply(); err != nil {
		return err
	}
	log, flush, err := logging.New(f.logLevel, f.logFormat, stderr)
	if err != nil {
		return err
	}
	defer flush()
	ctrllog.SetLogger(log)
	klog.SetLogger(log) // client-go's
	server, err := f.prepare(ctx, config, log)
	if err != nil {
		return err
	}
	return server.run(ctx)
}

// runner does its work until ctx ends.
type runner interface {
	Run(ctx context.Context) error
}

// parts run while the process does.
type parts struct {
	server       runner
	api          *apiServer
	certificates certificates
	policies     *policies
	// writing run until the process is to stop, watching until the last request is answered.
	writing, watching []runner
}

func (f *webhookFlags) prepare(ctx context.Context, config webhook.Config, log logr.Logger) (*parts, error) {
	p := parts{policies: &policies{}}
	var err error
	if f.enforcement.policies != "off" || f.certificates.certs != "files" || f.paths.used() || f.role == control {
		if p.api, err = f.api.open(f.role, f.target(config), log); err != nil {
			return nil, err
		}
	}
	config.Log, config.Registry = log, newRegistry(p.api)
	if f.role.controls() {
		if err := f.write(&p, log); err != nil {
			return nil, err
		}
	}
	if f.role.serves() {
		if err := f.secure(&p, &config); err != nil {
			return nil, err
		}
	}
	if p.policies, err = f.enforcement.prepare(ctx, f.role, f.bind, p.api, config.Options, config.Registry, log); err != nil {
		return nil, err
	}
	if !f.role.serves() {
		p.server = controlServer{f.healthBind, f.metricsBind, config.Registry, p.read}
		return &p, nil
	}
	if p.policies.recorder != nil {
		p.policies.recorder.Certificate = p.certificates.NotAfter
	}
	config.Policies, config.OnDenied = p.policies.callbacks()
	if p.policies.namespaces != nil {
		config.Namespace, config.NamespacesReady = p.policies.namespaces.Namespace, p.policies.namespaces.Ready
	}
	p.server = webhook.NewServer(config)
	return &p, nil
}

// target is what API servers must call, as far as this process knows.
func (f *webhookFlags) target(config webhook.Config) registration.Target {
	target := registration.Target{Path: f.paths.allowed()}
	if !f.role.serves() {
		target.Loopback = registration.Inferred
	} else if ip, err := netip.ParseAddr(config.Host); err == nil && ip.IsLoopback() {
		target.Loopback = config.Port
	}
	return target
}

// write prepares what writes the webhook configurations.
func (f *webhookFlags) write(p *parts, log logr.Logger) error {
	authority, err := f.certificates.openAuthority(p.api, log)
	if err != nil {
		return err
	}
	keeper, err := f.paths.openKeeper(p.api, log)
	if err != nil {
		return err
	}
	if p.api != nil { // without access to the API server, an administrator writes the rules
		p.writing = append(p.writing, activation.NewKeeper(activation.Config{
			Client: p.api.dynamic, Namespace: p.api.namespace, Leases: f.enforcement.policies != "off",
			Registration: p.api.registration, Now: time.Now, Log: log,
		}))
	}
	for _, r := range []runner{authority, keeper} {
		if r != nil {
			p.writing = append(p.writing, r)
		}
	}
	return nil
}

// secure prepares the certificate, and the checks that a client is an API server.
func (f *webhookFlags) secure(p *parts, config *webhook.Config) error {
	accepted, err := f.paths.open(p.api, config)
	if err != nil {
		return err
	}
	if accepted != nil {
		p.watching = append(p.watching, accepted)
	}
	if p.certificates, err = f.certificates.open(p.api, config.Log); err != nil {
		return err
	}
	config.GetCertificate, config.CertificateReady = p.certificates.GetCertificate, p.certificates.Ready
	config.Registry.MustRegister(expiration(p.certificates))
	if p.api != nil {
		p.api.serving = func() []*x509.Certificate { return chain(p.certificates) }
	}
	config.VerifyClient, err = f.certificates.verifyClient()
	return err
}

func (p *parts) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	// Certificates and policies are kept current until the last request is answered.
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	if p.certificates != nil {
		group.Go(func() error { return p.certificates.Run(watching) })
	}
	for _, r := range p.writing {
		group.Go(func() error { return r.Run(ctx) })
	}
	for _, r := range p.watching {
		group.Go(func() error { return r.Run(watching) })
	}
	group.Go(func() error { return p.api.watchUntil(watching) })
	group.Go(func() error { return p.policies.watchUntil(watching) })
	group.Go(func() error { return p.policies.recordUntil(watching) })
	group.Go(func() error { return p.policies.auditUntil(ctx) })
	group.Go(func() error {
		defer stop()
		return p.server.Run(ctx)
	})
	return group.Wait()
}

// config checks the flags.
func (f *webhookFlags) config() (webhook.Config, error) {
	config := webhook.Config{HealthAddress: f.healthBind, MetricsAddress: f.metricsBind, Drain: f.drain}
	host, port, err := net.SplitHostPort(f.bind)
	if err != nil {
		return config, fmt.Errorf("--bind: %w", err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return config, fmt.Errorf("--bind: %q is not a port from 1 to 65535", port)
	}
	config.Host, config.Port = host, int(number)
	addresses := flags.Distinct(flags.Address{Flag: "bind", Address: f.bind}, flags.Address{Flag: "health-bind", Address: f.healthBind}, flags.Address{Flag: "metrics-bind", Address: f.metricsBind})
	if err := errors.Join(f.role.check(), addresses, f.certificates.check(f.role), f.paths.check(), f.enforcement.check(), f.api.check()); err != nil {
		return config, err
	}
	config.MinTLS = f.certificates.tlsVersion()
	if f.drain < 0 {
		return config, errors.New("--drain can't be negative")
	}
	config.Options, err = f.review.Options()
	return config, err
}

func newRegistry(api *apiServer) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	if api != nil {
		registry.MustRegister(registrationmetrics.New(api.registration), api.silence)
	}
	return registry
}

func expiration(source certificates) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "sluice_certificate_expiration_timestamp_seconds",
		Help: "Expiration time of the serving certificate, in seconds since the Unix epoch; 0 if there is no certificate.",
	}, func() float64 { return float64(max(0, source.NotAfter().Unix())) })
}
