// Package metrics exports whether the webhook configurations match the manifests. It is separate
// from package registration, so that kubectl-sluice does not link the Prometheus client.
package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"sluice/webhook/registration"
)

// Collector is the metric of the webhook configurations that match the manifests.
type Collector struct {
	watch   *registration.Watch
	matches *prometheus.Desc
}

// New returns the metric. It has no values while the configurations are unknown: until they are
// read, and while the API server is silent.
func New(watch *registration.Watch) *Collector {
	return &Collector{watch, prometheus.NewDesc(
		"sluice_registration_matches",
		"Whether a webhook configuration matches the installed manifests: 1 if it does, 0 if it is missing or differs. Without a value, it is unknown.",
		[]string{"configuration"}, nil,
	)}
}

// Describe implements [prometheus.Collector].
func (c *Collector) Describe(to chan<- *prometheus.Desc) { to <- c.matches }

// Collect implements [prometheus.Collector].
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	list, known := c.watch.State()
	if !known || c.watch.Stale() {
		return
	}
	for _, configuration := range list {
		value := 0.0
		if configuration.Problem() == "" {
			value = 1
		}
		to <- prometheus.MustNewConstMetric(c.matches, prometheus.GaugeValue, value, configuration.Kind)
	}
}
