// Package metrics tells Prometheus whether the webhook's registration is as the manifests
// have it. It is apart from package registration, which kubectl-sluice uses as well.
package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"sluice/webhook/registration"
)

// Collector is the metric of whether the registration is as the manifests have it.
type Collector struct {
	watch   *registration.Watch
	matches *prometheus.Desc
}

// New makes the metric; it says nothing before the registration was read.
func New(watch *registration.Watch) *Collector {
	return &Collector{watch, prometheus.NewDesc(
		"sluice_registration_matches",
		"Whether a webhook configuration matches the installed manifests: 1 if it does, 0 if it is missing or differs.",
		[]string{"configuration"}, nil,
	)}
}

// Describe is prometheus.Collector's.
func (c *Collector) Describe(to chan<- *prometheus.Desc) { to <- c.matches }

// Collect is prometheus.Collector's.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	list, known := c.watch.State()
	if !known {
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
