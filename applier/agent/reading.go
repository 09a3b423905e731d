package agent

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// reading is a metric of Open vSwitch's own, shown as it was read last. It has no value
// before it was read, nor when it can't be read any more: an old value would look like a
// fact.
type reading struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value atomic.Pointer[float64]
}

func newReading(kind prometheus.ValueType, name, help string) *reading {
	return &reading{desc: prometheus.NewDesc("sluice_agent_"+name, help, nil, nil), kind: kind}
}

func (r *reading) set(value float64) { r.value.Store(&value) }

func (r *reading) forget() { r.value.Store(nil) }

// Describe is prometheus.Collector's.
func (r *reading) Describe(to chan<- *prometheus.Desc) { to <- r.desc }

// Collect is prometheus.Collector's.
func (r *reading) Collect(to chan<- prometheus.Metric) {
	if value := r.value.Load(); value != nil {
		to <- prometheus.MustNewConstMetric(r.desc, r.kind, *value)
	}
}
