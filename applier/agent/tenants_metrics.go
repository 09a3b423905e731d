package agent

import (
	"github.com/prometheus/client_golang/prometheus"

	"sluice/applier/splitter"
)

// tenantMetrics are the counters of all FlowExports of the node together. All clients that reach the port can
// read them, pods of other tenants included, so they name no namespace. A tenant's own figures are in the status of
// the FlowExport.
type tenantMetrics struct{ splitter *splitter.Splitter }

func splitDatagramsDesc() *prometheus.Desc {
	return prometheus.NewDesc("sluice_agent_split_datagrams_total", "Datagrams to the socket on which the agent gets the node's records for FlowExports, by result: accepted, foreign (of other programs, refused), lost (of a sender that was not identified in time), overflowed (dropped by the kernel, because the socket's receive buffer was full; of whatever program), unconfirmed (the owners of the interfaces were not known for sure) or malformed.", []string{"result"}, nil)
}

func splitRecordsDesc() *prometheus.Desc {
	return prometheus.NewDesc("sluice_agent_split_records_total", "Records of the node that were read for FlowExports, by result: read (all of them), no_pod (of an interface that is not a pod's, or of a packet from OVN's controller), unclaimed (of a namespace without a FlowExport), unknown (of an unknown interface), ambiguous (the interface has had several owners, or may have had), copy (a second record of packets within a namespace), no_template, missed (sent by ovs-vswitchd, and not received), or other_domain (data sets of another exporter, such as the one of dropped packets).", []string{"result"}, nil)
}

func tenantRecordsDesc() *prometheus.Desc {
	return prometheus.NewDesc("sluice_agent_flowexport_records_total", "Records of all FlowExports of the node, each counted once for each FlowExport.", nil, nil)
}

func tenantDroppedDesc() *prometheus.Desc {
	return prometheus.NewDesc("sluice_agent_flowexport_dropped_records_total", "Records of FlowExports that were not sent to a collector, by reason: queue_full, send_failed or too_long.", []string{"reason"}, nil)
}

func splitLateDesc() *prometheus.Desc {
	return prometheus.NewDesc("sluice_agent_split_late_confirmations_total", "Answers of Open vSwitch's database for which records of FlowExports waited for more than a second.", nil, nil)
}

// Describe is prometheus.Collector's.
func (m tenantMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{splitDatagramsDesc(), splitRecordsDesc(), splitLateDesc(), tenantRecordsDesc(), tenantDroppedDesc()} {
		to <- desc
	}
}

// Collect is prometheus.Collector's.
func (m tenantMetrics) Collect(to chan<- prometheus.Metric) {
	counts, _ := m.splitter.Counts()
	totals := m.splitter.Totals()
	send := func(desc *prometheus.Desc, value uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(value), labels...)
	}
	for result, value := range map[string]uint64{
		"accepted": counts.Datagrams, "foreign": counts.Foreign, "lost": counts.Lost, "overflowed": counts.Overflowed, "unconfirmed": counts.Unconfirmed, "malformed": counts.Malformed,
	} {
		send(splitDatagramsDesc(), value, result)
	}
	for result, value := range map[string]uint64{
		"read": counts.Records, "no_pod": counts.OfNoPod, "unclaimed": counts.Unclaimed, "unknown": counts.Unknown,
		"ambiguous": counts.Ambiguous, "copy": counts.Copies, "no_template": counts.NoTemplate, "missed": counts.Missed,
		"other_domain": counts.OtherDomain,
	} {
		send(splitRecordsDesc(), value, result)
	}
	send(splitLateDesc(), counts.Late)
	send(tenantRecordsDesc(), totals.Records)
	for reason, value := range map[string]uint64{"queue_full": totals.Dropped, "send_failed": totals.Failed, "too_long": totals.TooLong} {
		send(tenantDroppedDesc(), value, reason)
	}
}
