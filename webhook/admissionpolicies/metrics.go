package admissionpolicies

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics says which admission policies are in force.
type Metrics struct {
	mu    sync.Mutex
	gauge *prometheus.GaugeVec
}

// NewMetrics registers the metric. Only the controller has values.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{gauge: prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "sluice_admission_policy_in_force",
		Help: "1 if the API server has this ValidatingAdmissionPolicy as it should be, 0 if it is missing, changed or not accepted. Only the controller exports it.",
	}, []string{"policy"})}
	registry.MustRegister(m.gauge)
	return m
}

// Set replaces all values.
func (m *Metrics) Set(inForce map[string]bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.gauge.Reset()
	for policy, is := range inForce {
		value := 0.0
		if is {
			value = 1
		}
		m.gauge.WithLabelValues(policy).Set(value)
	}
}
