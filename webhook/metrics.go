package webhook

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sluice/validation"
)

// Metrics are the metrics of the reviews.
type Metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	findings *prometheus.CounterVec
	policies *prometheus.CounterVec
	failures *prometheus.CounterVec
	// unknownPaths has no label: callers choose everything else about such a request.
	unknownPaths prometheus.Counter
}

// NewMetrics registers the webhook's metrics.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_admission_requests_total",
			Help: "Number of changes reviewed, by phase (mutate or validate), resource and verdict.",
		}, []string{"phase", "resource", "verdict"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sluice_admission_duration_seconds",
			Help: "Time to review a change after its body was received, in seconds.",
			// A review takes tens of microseconds. It takes a second only on an overloaded machine.
			Buckets: []float64{50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 50e-3, 250e-3, 1},
		}, []string{"phase", "resource"}),
		findings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_admission_findings_total",
			Help: "Number of findings, by rule and effect: error, rewrite or warning.",
		}, []string{"rule", "effect"}),
		policies: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_policy_decisions_total",
			Help: "Number of changes that a policy applied to, by policy and decision: allowed, denied, warned or audited.",
		}, []string{"policy", "decision"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_admission_failures_total",
			Help: "Number of requests that could not be reviewed, by reason. The API server applies failurePolicy to them, except for too-many-values and unreadable, which are rejections.",
		}, []string{"reason"}),
		unknownPaths: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sluice_admission_unknown_path_requests_total",
			Help: "Number of requests on a path that no webhook configuration names. They are answered with 404 and not read. API servers send none.",
		}),
	}
	registry.MustRegister(m.requests, m.duration, m.findings, m.policies, m.failures, m.unknownPaths)
	return m
}

// observe counts one review. A finding is counted in the phase that reports it to the user, so
// that it counts once.
func (m *Metrics) observe(phase Phase, resource validation.Resource, verdict validation.Verdict, took time.Duration) {
	outcome := verdict.Outcome()
	m.requests.WithLabelValues(string(phase), resource.String(), string(outcome)).Inc()
	m.duration.WithLabelValues(string(phase), resource.String()).Observe(took.Seconds())
	for _, f := range verdict.Errors {
		m.findings.WithLabelValues(string(f.Rule), "error").Inc()
	}
	m.decisions(phase, verdict)
	for _, f := range verdict.Warnings {
		switch {
		case f.Rewritten && phase == Mutate:
			m.findings.WithLabelValues(string(f.Rule), "rewrite").Inc()
		case !f.Rewritten && phase == Validate:
			m.findings.WithLabelValues(string(f.Rule), "warning").Inc()
		}
	}
}

// decisions counts the decision of each policy, in the phase that ends the request.
func (m *Metrics) decisions(phase Phase, verdict validation.Verdict) {
	if phase == Mutate && len(verdict.Denials) == 0 && len(verdict.Errors) == 0 {
		return // the validating call follows
	}
	decided := map[string]string{}
	for _, p := range verdict.AppliedPolicies {
		decided[p] = "allowed"
	}
	for _, c := range []struct {
		decision string
		denials  []validation.Denial
	}{{"audited", verdict.Audited}, {"warned", verdict.Warned}, {"denied", verdict.Denials}} {
		for _, p := range validation.PolicyNames(c.denials) {
			decided[p] = c.decision
		}
	}
	for policy, decision := range decided {
		m.policies.WithLabelValues(policy, decision).Inc()
	}
}
