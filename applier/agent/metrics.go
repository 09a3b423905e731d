package agent

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// metrics are the agent's Prometheus metrics.
type metrics struct {
	condition  *prometheus.GaugeVec
	collectors *prometheus.GaugeVec
	writes     *prometheus.CounterVec
	duration   prometheus.Histogram
	repairs    *prometheus.CounterVec
	reopens    *prometheus.CounterVec
	behind     prometheus.Gauge
	log        prometheus.Gauge
	paused     prometheus.Gauge
	publishes  *prometheus.CounterVec
	delays     prometheus.Counter

	locked                    *reading
	sampled, sent, sendErrors *reading
	flows, flowLimit, dump    *reading
	hits, missed, lost        *reading
	// told are the labels for which collectors has values.
	told map[[2]string]bool
}

func newMetrics(registry prometheus.Registerer) *metrics {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: "sluice_agent_" + name, Help: help})
	}
	m := &metrics{
		condition: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "sluice_agent_condition", Help: "The conditions of the node's NodeFlowExport: 1 true, 0 false, -1 unknown.",
		}, []string{"type"}),
		collectors: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "sluice_agent_collector_open", Help: "Whether ovs-vswitchd has a socket for a configured collector that refuses nothing and is not known to be out of reach: 1 yes (Sending or Idle), 0 no (NotOpen or Refused). There is no value while the state is unknown.",
		}, []string{"format", "target"}),
		writes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_agent_ovs_writes_total", Help: "Transactions sent to Open vSwitch, by result.",
		}, []string{"result"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sluice_agent_ovs_write_duration_seconds", Help: "Duration of a transaction, until ovs-vswitchd has applied it.",
			Buckets: []float64{5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 1, 5},
		}),
		repairs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_agent_repairs_total", Help: "Repairs of changes by other programs, by format.",
		}, []string{"format"}),
		reopens: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_agent_socket_reopens_total", Help: "Attempts to make ovs-vswitchd open sockets of collectors that are missing or send from a lost address, by result.",
		}, []string{"result"}),
		publishes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_agent_status_writes_total", Help: "Writes of the NodeFlowExport, by result.",
		}, []string{"result"}),
		delays: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sluice_agent_ovs_writes_delayed_total", Help: "Reconciliations that had to wait with a write, because the agent wrote to Open vSwitch too often.",
		}),
		locked:     newReading(prometheus.GaugeValue, "lock_held", "Whether the agent has the node's lock, without which it writes nothing to Open vSwitch: 1 yes, 0 no. There is no value in mode observe, which needs no lock."),
		behind:     gauge("vswitchd_behind", "Changes of Open vSwitch's database that ovs-vswitchd has to apply until the last one that concerns the exporters is applied."),
		log:        gauge("vswitchd_log_readable", "Whether ovs-vswitchd's log, which shows refusals of collectors, can be read: 1 yes, 0 no."),
		paused:     gauge("paused", "Whether the desired configuration is not applied for no other reason than that the node's FlowExportProfile pauses the agent: 1 yes, 0 no."),
		sampled:    newReading(prometheus.CounterValue, "ipfix_sampled_packets_total", "Packets sampled for IPFIX since the exporter's settings changed last."),
		sent:       newReading(prometheus.CounterValue, "ipfix_sent_datagrams_total", "IPFIX datagrams sent since the exporter's settings changed last."),
		sendErrors: newReading(prometheus.CounterValue, "ipfix_send_errors_total", "IPFIX datagrams that could not be sent or were refused since the exporter's settings changed last."),
		flows:      newReading(prometheus.GaugeValue, "datapath_flows", "Entries in the datapath's flow table."),
		flowLimit:  newReading(prometheus.GaugeValue, "datapath_flow_limit", "Maximum number of entries that the flow table may have now."),
		dump:       newReading(prometheus.GaugeValue, "datapath_dump_duration_seconds", "Time that ovs-vswitchd needs to go through the flow table."),
		hits:       newReading(prometheus.CounterValue, "datapath_lookups_hit_total", "Packets that matched an entry of the flow table, since the datapath started."),
		missed:     newReading(prometheus.CounterValue, "datapath_lookups_missed_total", "Packets that needed an upcall to ovs-vswitchd, since the datapath started."),
		lost:       newReading(prometheus.CounterValue, "datapath_lookups_lost_total", "Packets lost on their way to ovs-vswitchd, since the datapath started."),
	}
	registry.MustRegister(m.condition, m.collectors, m.writes, m.duration, m.repairs, m.reopens, m.publishes, m.delays, m.locked, m.behind, m.log, m.paused,
		m.sampled, m.sent, m.sendErrors, m.flows, m.flowLimit, m.dump, m.hits, m.missed, m.lost)
	return m
}

func (m *metrics) wrote(took time.Duration, err error) {
	m.duration.Observe(took.Seconds())
	m.writes.WithLabelValues(result(err)).Inc()
}

func (m *metrics) published(err error) { m.publishes.WithLabelValues(result(err)).Inc() }

func result(err error) string {
	if err != nil {
		return "error"
	}
	return "success"
}

func (m *metrics) repaired(f validation.Format) { m.repairs.WithLabelValues(f.String()).Inc() }

func (m *metrics) reopened(err error) { m.reopens.WithLabelValues(result(err)).Inc() }

func (m *metrics) ipfix(s ovs.IPFIXStatistics) {
	m.sampled.set(float64(s.SampledPackets))
	m.sent.set(float64(s.SentPackets))
	m.sendErrors.set(float64(s.SendErrors))
}

func (m *metrics) datapath(t ovs.FlowTable, l ovs.Lookups) {
	m.flows.set(float64(t.Current))
	m.flowLimit.set(float64(t.Limit))
	m.dump.set(t.DumpDuration.Seconds())
	m.hits.set(float64(l.Hit))
	m.missed.set(float64(l.Missed))
	m.lost.set(float64(l.Lost))
}

// read shows whether ovs-vswitchd's log can be read.
func (m *metrics) read(err error) {
	if err != nil {
		m.log.Set(0)
		return
	}
	m.log.Set(1)
}

// withoutIPFIX removes the values of IPFIX's counters.
func (m *metrics) withoutIPFIX() {
	for _, r := range []*reading{m.sampled, m.sent, m.sendErrors} {
		r.forget()
	}
}

// withoutDatapath removes the values of the datapath's counters.
func (m *metrics) withoutDatapath() {
	for _, r := range []*reading{m.flows, m.flowLimit, m.dump, m.hits, m.missed, m.lost} {
		r.forget()
	}
}

// report shows the status.
func (m *metrics) report(s *v1alpha1.NodeFlowExportStatus, r *reconciliation) {
	for _, c := range s.Conditions {
		value := map[metav1.ConditionStatus]float64{metav1.ConditionTrue: 1, metav1.ConditionFalse: 0, metav1.ConditionUnknown: -1}[c.Status]
		m.condition.WithLabelValues(c.Type).Set(value)
	}
	m.behind.Set(float64(r.pending))
	m.paused.Set(0)
	if s.OnlyPaused() {
		m.paused.Set(1)
	}
	// A scrape may come at any time, so old labels are removed last.
	told := map[[2]string]bool{}
	for _, f := range s.Formats {
		format := string(f.Format)
		if known, ok := validation.FormatNamed(format); ok {
			format = known.String() // as in the other metrics
		}
		for _, c := range f.Collectors {
			if c.State == v1alpha1.CollectorUnknown {
				continue
			}
			value := 0.0
			if c.State == v1alpha1.CollectorIdle || c.State == v1alpha1.CollectorSending {
				value = 1
			}
			m.collectors.WithLabelValues(format, c.Target).Set(value)
			told[[2]string{format, c.Target}] = true
		}
	}
	for labels := range m.told {
		if !told[labels] {
			m.collectors.DeleteLabelValues(labels[0], labels[1])
		}
	}
	m.told = told
}
