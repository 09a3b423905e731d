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
		"Whether the latest generation of a policy is in force: 1 if it is, 0 if it can't be read. The last readable generation then stays in force; without one, no collector can be added.",
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
