package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"sluice/internal/health"
)

// errNotRead means that a controller can't work yet.
var errNotRead = errors.New("the webhook configurations and the policies have not been read from the API server yet")

// controlServer serves the health and the metrics of a process that answers no reviews.
type controlServer struct {
	healthBind, metricsBind string
	registry                *prometheus.Registry
	// ready returns why the process can't work yet.
	ready func() error
}

func (s controlServer) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	probes := health.Probes(func(*http.Request) error { return s.ready() })
	group.Go(func() error { return health.Serve(ctx, s.healthBind, probes) })
	group.Go(func() error { return health.Serve(ctx, s.metricsBind, health.Metrics(s.registry)) })
	group.Go(func() error {
		<-ctx.Done()
		return nil
	})
	if err := group.Wait(); err != nil {
		return fmt.Errorf("serve health and metrics: %w", err)
	}
	return nil
}

// read reports whether the objects that a controller works on are read.
func (p *parts) read() error {
	if _, known := p.api.registration.Problem(); !known {
		return errNotRead
	}
	if p.policies.watch != nil && p.policies.watch.Snapshot() == nil {
		return errNotRead
	}
	return nil
}
