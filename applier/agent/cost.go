package agent

import (
	"fmt"
	"strconv"
	"time"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// The limits beyond which export counts as a risk.
const (
	maxTableUse     = 0.5                    // of the flow table's limit
	maxDumpDuration = 500 * time.Millisecond // one pass through the flow table
	minSampling     = 50                     // 1 packet in this many
)

// cost tracks what export costs the node.
type cost struct {
	known   bool
	lookups ovs.Lookups
	table   ovs.FlowTable
	// lost is how many packets were dropped on their way to ovs-vswitchd, because a queue
	// was full, between the last two observations.
	lost uint64
}

// observe takes in the datapath's counters.
func (c *cost) observe(table ovs.FlowTable, lookups ovs.Lookups) {
	c.lost = 0
	if c.known && lookups.Lost >= c.lookups.Lost {
		c.lost = lookups.Lost - c.lookups.Lost
	}
	c.known, c.table, c.lookups = true, table, lookups
}

// risk is a performance risk.
type risk struct{ reason, message string }

// risks lists the performance risks of the configured exporters, the most severe first. There
// are no risks if nothing is exported: other problems are not caused by export. A high
// sampling rate that was allowed on purpose is not reported. The messages contain no number
// that changes often, because each change would be a write of the status; such numbers are
// metrics.
func (c *cost) risks(rows [3]*ovs.Exporter, allowed bool) []risk {
	if rows == [3]*ovs.Exporter{} {
		return nil
	}
	var risks []risk
	add := func(reason, format string, args ...any) {
		risks = append(risks, risk{reason, fmt.Sprintf(format, args...)})
	}
	if c.lost > 0 {
		add(v1alpha1.ReasonPacketsLost, "packets are lost on their way to ovs-vswitchd; sample fewer packets or remove collectors")
	}
	if c.table.Limit > 0 && float64(c.table.Current) > maxTableUse*float64(c.table.Limit) {
		text := "sample fewer packets"
		if rows[validation.NetFlow] != nil {
			text = "NetFlow needs an entry for each connection; prefer IPFIX"
		}
		add(v1alpha1.ReasonFlowTableFull, "more than half of the datapath's flow table is in use; %s", text)
	}
	if c.table.DumpDuration > maxDumpDuration {
		add(v1alpha1.ReasonSlowRevalidation, "ovs-vswitchd needs more than %s to go through its flow table", maxDumpDuration)
	}
	for _, f := range []validation.Format{validation.SFlow, validation.IPFIX} {
		if rows[f] == nil || allowed {
			continue
		}
		if n, err := strconv.Atoi(rows[f].Setting(ovs.Sampling)); err == nil && n > 0 && n < minSampling {
			add(v1alpha1.ReasonHighSampling, "%s samples 1 packet in %d, and each sample costs an upcall; 1 in 400 is usual", f, n)
		}
	}
	return risks
}
