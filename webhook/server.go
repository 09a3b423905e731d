package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"
	ctrlwebhook "sigs.k8s.io/controller-runtime/pkg/webhook"

	"github.com/sluice-project/sluice/validation"
)

// The paths that the registration names.
const (
	MutatePath   = "/mutate"
	ValidatePath = "/validate"
)

// Config holds the settings of a Server.
type Config struct {
	// Host and Port to serve reviews on, over TLS. Host "" is every address.
	Host string
	Port int
	// HealthAddress and MetricsAddress serve plain HTTP; "" switches them off.
	HealthAddress  string
	MetricsAddress string
	// GetCertificate returns the serving certificate for each handshake.
	GetCertificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// MinTLS is the lowest TLS version, such as tls.VersionTLS13.
	MinTLS uint16
	// Drain is how long the server goes on serving after it was told to stop, while it
	// reports that it is not ready.
	Drain    time.Duration
	Options  validation.Options
	Policies func() validation.PolicySet
	Registry *prometheus.Registry
	Log      logr.Logger
}

// Server serves reviews, health and metrics.
type Server struct {
	config   Config
	reviews  ctrlwebhook.Server
	draining atomic.Bool
}

// NewServer prepares a server.
func NewServer(config Config) *Server {
	s := &Server{config: config}
	metrics := NewMetrics(config.Registry)
	mux := http.NewServeMux()
	for path, mutating := range map[string]bool{MutatePath: true, ValidatePath: false} {
		handler := NewHandler(Handler{
			Mutating: mutating, Options: config.Options, Policies: config.Policies,
			Metrics: metrics, Log: config.Log,
		})
		handler.closing = s.draining.Load
		mux.Handle(path, handler)
	}
	s.reviews = ctrlwebhook.NewServer(ctrlwebhook.Options{
		Host: config.Host, Port: config.Port, WebhookMux: mux,
		TLSOpts: []func(*tls.Config){func(c *tls.Config) {
			c.MinVersion = config.MinTLS
			// The API server speaks HTTP/1.1 to webhooks; HTTP/2 would only add attack surface.
			c.NextProtos = []string{"http/1.1"}
			c.GetCertificate = config.GetCertificate
		}},
	})
	return s
}

// Run serves until ctx ends, then drains and returns.
func (s *Server) Run(ctx context.Context) error {
	// Serving outlives ctx by the drain; whatever fails ends everything.
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	group, serving := errgroup.WithContext(serving)
	group.Go(func() error { return s.reviews.Start(serving) })
	for address, handler := range map[string]http.Handler{
		s.config.HealthAddress:  s.health(),
		s.config.MetricsAddress: s.metrics(),
	} {
		if address != "" {
			group.Go(func() error { return servePlain(serving, address, handler) })
		}
	}
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

// health answers /healthz while the process works and /readyz while it should get requests.
func (s *Server) health() http.Handler {
	started := s.reviews.StartedChecker()
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { write(w, "ok\n") })
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() {
			http.Error(w, "draining", http.StatusServiceUnavailable)
			return
		}
		if err := started(r); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		write(w, "ok\n")
	})
	return mux
}

func (s *Server) metrics() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(s.config.Registry, promhttp.HandlerOpts{}))
	return mux
}

func write(w http.ResponseWriter, text string) {
	// The client is gone if this fails; there is nobody to tell.
	_, _ = w.Write([]byte(text))
}

// servePlain serves HTTP until ctx ends.
func servePlain(ctx context.Context, address string, handler http.Handler) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: handler, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	closed := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer closed()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", address, err)
	}
	return nil
}
