package registration

import "github.com/prometheus/client_golang/prometheus"

// Collector is the metric of whether the registration is as the manifests have it.
type Collector struct {
	watch   *Watch
	matches *prometheus.Desc
}

// NewCollector makes it; it says nothing before the registration was read.
func NewCollector(watch *Watch) *Collector {
	return &Collector{watch, prometheus.NewDesc(
		"sluice_registration_matches",
		"Whether the API server asks the webhook as the manifests have it: 1, or 0 if the registration is missing or changed.",
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
