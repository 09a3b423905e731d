// Package metrics exports how long ago the watches of a program were in contact with the API
// server. It is separate from package informer, so that kubectl-sluice does not link the Prometheus
// client.
package metrics

import (
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"sluice/internal/informer"
)

// Silence is the metric of the time since the last contact of each watch.
type Silence struct {
	desc *prometheus.Desc

	mu        sync.Mutex
	informers map[string][]*informer.Informer
}

// NewSilence returns the metric, without watches.
func NewSilence() *Silence {
	return &Silence{desc: prometheus.NewDesc(
		"sluice_watch_silence_seconds",
		"Time since the API server last answered a watch, in seconds, by resource. What the program knows about the resource can be out of date by that much.",
		[]string{"resource"}, nil,
	), informers: map[string][]*informer.Informer{}}
}

// Add adds a watch, before it runs. Of several watches of a resource, the most silent one counts.
func (s *Silence) Add(i *informer.Informer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.informers[i.What()] = append(slices.DeleteFunc(s.informers[i.What()], (*informer.Informer).Ended), i)
}

// Describe implements [prometheus.Collector].
func (s *Silence) Describe(to chan<- *prometheus.Desc) { to <- s.desc }

// Collect implements [prometheus.Collector]. A watch that does not run, such as one of a process that
// is not elected, has no value.
func (s *Silence) Collect(to chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for what, list := range s.informers {
		longest := -1.0
		for _, i := range list {
			if i.Running() {
				longest = max(longest, i.Silence().Seconds())
			}
		}
		if longest >= 0 {
			to <- prometheus.MustNewConstMetric(s.desc, prometheus.GaugeValue, longest, what)
		}
	}
}
