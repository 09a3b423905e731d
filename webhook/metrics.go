package webhook

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-project/sluice/validation"
)

// Metrics counts what the webhook answers.
type Metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	findings *prometheus.CounterVec
	denials  *prometheus.CounterVec
	failures *prometheus.CounterVec
}

// NewMetrics registers the webhook's metrics.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_admission_requests_total",
			Help: "Reviews answered, by phase (mutate or validate), resource and verdict.",
		}, []string{"phase", "resource", "verdict"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sluice_admission_duration_seconds",
			Help: "Time from the last byte of a review to the first byte of its answer.",
			// A review takes tens of microseconds; a second means that the machine is overloaded.
			Buckets: []float64{50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 50e-3, 250e-3, 1},
		}, []string{"phase", "resource"}),
		findings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_admission_findings_total",
			Help: "Findings, by rule and what they did: error, rewrite or warning.",
		}, []string{"rule", "effect"}),
		denials: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_admission_denials_total",
			Help: "Denials, by policy.",
		}, []string{"policy"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_admission_failures_total",
			Help: "Requests that were answered with an HTTP error, by reason; the API server applies failurePolicy to them.",
		}, []string{"reason"}),
	}
	registry.MustRegister(m.requests, m.duration, m.findings, m.denials, m.failures)
	return m
}

// observe counts one answered review. Findings are counted in the phase that tells them to
// the user, so that each counts once.
func (m *Metrics) observe(phase string, mutating bool, resource validation.Resource, verdict validation.Verdict, took time.Duration) {
	outcome := verdict.Outcome()
	m.requests.WithLabelValues(phase, resource.String(), string(outcome)).Inc()
	m.duration.WithLabelValues(phase, resource.String()).Observe(took.Seconds())
	for _, f := range verdict.Errors {
		m.findings.WithLabelValues(string(f.Rule), "error").Inc()
	}
	for _, d := range verdict.Denials {
		m.denials.WithLabelValues(d.Policy).Inc()
	}
	for _, f := range verdict.Warnings {
		switch {
		case f.Rewritten && mutating:
			m.findings.WithLabelValues(string(f.Rule), "rewrite").Inc()
		case !f.Rewritten && !mutating:
			m.findings.WithLabelValues(string(f.Rule), "warning").Inc()
		}
	}
}
