package enforcement

import "github.com/prometheus/client_golang/prometheus"

// InForce is the metric of which policies are in force as they are written.
type InForce struct {
	watch *Watch
	desc  *prometheus.Desc
}

// NewInForce makes it; it says nothing before the policies were read.
func NewInForce(watch *Watch) *InForce {
	return &InForce{watch, prometheus.NewDesc(
		"sluice_policy_in_force",
		"Whether a policy is in force as it is written: 1, or 0 if it can't be read; then an older generation is in force, or everything that is added is denied.",
		[]string{"policy"}, nil,
	)}
}

// Describe is prometheus.Collector's.
func (c *InForce) Describe(to chan<- *prometheus.Desc) { to <- c.desc }

// Collect is prometheus.Collector's.
func (c *InForce) Collect(to chan<- prometheus.Metric) {
	s := c.watch.Snapshot()
	if s == nil {
		return
	}
	for _, state := range s.States {
		value := 1.0
		if state.Err != nil {
			value = 0
		}
		to <- prometheus.MustNewConstMetric(c.desc, prometheus.GaugeValue, value, state.Name)
	}
}
