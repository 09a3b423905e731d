package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"sluice/internal/health"
	"sluice/validation"
)

// Config holds the settings of a Server.
type Config struct {
	// Host and Port are the address to serve reviews on, over TLS. Host "" means all addresses.
	Host string
	Port int
	// HealthAddress and MetricsAddress serve plain HTTP; "" disables them.
	HealthAddress  string
	MetricsAddress string
	// GetCertificate returns the serving certificate for each handshake.
	GetCertificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// CertificateReady, if set, returns why GetCertificate has no certificate that API servers
	// accept.
	CertificateReady func() error
	// VerifyClient, if set, rejects connections without an accepted client certificate.
	VerifyClient func(tls.ConnectionState) error
	// MinTLS is the minimum TLS version, such as tls.VersionTLS13.
	MinTLS uint16
	// Drain is how long the server keeps serving after it is told to stop. Meanwhile it reports
	// that it is not ready.
	Drain   time.Duration
	Options validation.Options
	// Paths returns the paths on which reviews are answered; nil means FixedPaths.
	Paths func() Paths
	// PathsReady, if set, returns why no path is known that API servers call.
	PathsReady func() error
	// Policies returns the policies in force. While it returns an error, the server is not ready.
	// Nil means that there are no policies.
	Policies func() (validation.PolicySet, error)
	// Namespace returns what policies need to know of the namespace of a FlowExport.
	Namespace func(ctx context.Context, namespace, name string) (validation.Namespace, error)
	// NamespacesReady, if set, returns why Namespace does not know the namespaces yet.
	NamespacesReady func() error
	// OnDenied, if set, receives the denials of a request, unless it is a dry run. It must not
	// block. omitted is the number of further denials, which the answer has no room for.
	OnDenied func(user, resource string, denials []validation.Denial, omitted int)
	Registry *prometheus.Registry
	Log      logr.Logger
}

// Server serves reviews, health and metrics.
type Server struct {
	config   Config
	handler  http.Handler
	draining atomic.Bool
	// serving says that the port of the reviews is open.
	serving atomic.Bool
}

// NewServer prepares a server.
func NewServer(config Config) *Server {
	s := &Server{config: config}
	s.handler = s.mux()
	return s
}

// mux returns the handlers of both phases, which share their metrics and the memory for bodies. It is
// no http.ServeMux, which answers paths that it cleans.
func (s *Server) mux() *gate {
	metrics, bodies, lines := NewMetrics(s.config.Registry), newBodyReader(), newLogRateLimit()
	handlers := map[Phase]http.Handler{}
	for _, phase := range []Phase{Mutate, Validate} {
		handlers[phase] = newHandler(HandlerOptions{
			Phase: phase, Review: s.config.Options, Policies: s.config.Policies, Namespace: s.config.Namespace, OnDenied: s.config.OnDenied,
			Draining: s.draining.Load, Metrics: metrics, Log: s.config.Log,
		}, bodies, lines)
	}
	paths := s.config.Paths
	if paths == nil {
		paths = FixedPaths
	}
	return newGate(paths, handlers, metrics, time.Now, s.config.Log)
}

// Run serves until ctx ends, then drains and returns.
func (s *Server) Run(ctx context.Context) error {
	// Serving continues after ctx ends, for the drain. The first error ends everything.
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	group, serving := errgroup.WithContext(serving)
	group.Go(func() error { return s.serveReviews(serving) })
	group.Go(func() error { return health.Serve(serving, s.config.HealthAddress, health.Probes(s.ready())) })
	group.Go(func() error { return health.Serve(serving, s.config.MetricsAddress, health.Metrics(s.config.Registry)) })
	group.Go(func() error {
		select {
		case <-serving.Done():
			return nil
		case <-ctx.Done():
		}
		s.draining.Store(true)
		s.config.Log.Info("draining", "for", s.config.Drain.String())
		timer := time.NewTimer(s.config.Drain)
		defer timer.Stop()
		select {
		case <-serving.Done():
		case <-timer.C:
		}
		stop()
		return nil
	})
	if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("serve reviews: %w", err)
	}
	return nil
}

// ready returns the readiness check of the server.
func (s *Server) ready() func(*http.Request) error {
	return func(*http.Request) error {
		if s.draining.Load() {
			return errors.New("draining")
		}
		if s.config.CertificateReady != nil {
			if err := s.config.CertificateReady(); err != nil {
				return err
			}
		}
		if s.config.PathsReady != nil {
			if err := s.config.PathsReady(); err != nil {
				return err
			}
		}
		if s.config.Policies != nil {
			if _, err := s.config.Policies(); err != nil {
				return err
			}
		}
		if s.config.NamespacesReady != nil {
			if err := s.config.NamespacesReady(); err != nil {
				return err
			}
		}
		if !s.serving.Load() {
			return errors.New("reviews are not served")
		}
		return nil
	}
}
