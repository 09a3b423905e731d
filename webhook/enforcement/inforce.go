package enforcement

import "github.com/prometheus/client_golang/prometheus"

// InForce is the metric of the policies whose latest generation is in force.
type InForce struct {
	watch *Watch
	desc  *prometheus.Desc
}

// NewInForce returns the metric. It has no values until the policies are read.
func NewInForce(watch *Watch) *InForce {
	return &InForce{watch, prometheus.NewDesc(
		"sluice_policy_in_force",
		"Whether the latest generation of a policy is in force: 1 if it is, 0 if it can't be read. The last readable generation then stays in force; without one, no collector can be added.",
		[]string{"policy"}, nil,
	)}
}

// Describe implements [prometheus.Collector].
func (c *InForce) Describe(to chan<- *prometheus.Desc) { to <- c.desc }

// Collect implements [prometheus.Collector].
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
