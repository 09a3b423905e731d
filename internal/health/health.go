// Package health serves the liveness, the readiness and the metrics of a long-running program over
// plain HTTP, for the kubelet and Prometheus.
package health

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"sluice/internal/connections"
)

// Probes answers /healthz with 200, and /readyz with 200 or the error of ready.
func Probes(ready func(*http.Request) error) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { write(w, "ok\n") })
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := ready(r); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		write(w, "ok\n")
	})
	return mux
}

// maxScrapes bounds the scrapes that are answered at once: each holds all metrics in memory. Two
// Prometheus servers need two.
const maxScrapes = 8

// limits of the connections. Pods of the whole cluster can read the metrics.
func limits() connections.Limits { return connections.Limits{Total: 32, PerAddress: 8} }

// Metrics answers /metrics.
func Metrics(registry *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes}))
	return mux
}

func write(w http.ResponseWriter, text string) {
	// If this fails, the client is gone.
	_, _ = w.Write([]byte(text))
}

// Serve serves HTTP until ctx ends; an empty address serves nothing.
func Serve(ctx context.Context, address string, handler http.Handler) error {
	if address == "" {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: handler, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 12 << 10}
	closed := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer closed()
	if err := server.Serve(connections.Limit(listener, limits())); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", address, err)
	}
	return nil
}
