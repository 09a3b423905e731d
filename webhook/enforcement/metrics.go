package enforcement

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Violations is the metric of the violations of each policy.
type Violations struct {
	mu    sync.Mutex
	gauge *prometheus.GaugeVec
}

// NewViolations registers the metric. Only the controller has values.
func NewViolations(registry prometheus.Registerer) *Violations {
	v := &Violations{gauge: prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "sluice_policy_violations",
		Help: "Number of violations of a policy in the stored objects. Only the controller exports it.",
	}, []string{"policy"})}
	registry.MustRegister(v.gauge)
	return v
}

// Set replaces all values.
func (v *Violations) Set(counts map[string]int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.gauge.Reset()
	for policy, n := range counts {
		v.gauge.WithLabelValues(policy).Set(float64(n))
	}
}
