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
	// losing says that between the last two observations, and between those before, packets were
	// dropped on their way to ovs-vswitchd, because a queue was full, at a rate that matters.
	losing, lost bool
}

// A burst of new connections may lose a few packets on any node. A loss matters if it lasts for two
// observations, of at least so many packets, and of this part of those that went to ovs-vswitchd.
const (
	minLost     = 10
	maxLostRate = 0.001
)

// observe takes in the datapath's counters.
func (c *cost) observe(table ovs.FlowTable, lookups ovs.Lookups) {
	before := c.lost
	c.lost = c.known && loses(c.lookups, lookups)
	c.losing = before && c.lost
	c.known, c.table, c.lookups = true, table, lookups
}

// loses reports whether packets were lost at a rate that matters. Counters that went back were reset.
func loses(before, now ovs.Lookups) bool {
	if now.Lost < before.Lost || now.Missed < before.Missed {
		return false
	}
	lost, missed := now.Lost-before.Lost, now.Missed-before.Missed
	return lost >= minLost && float64(lost) > maxLostRate*float64(lost+missed)
}

// risk is a performance risk.
type risk struct{ reason, message string }

// risks lists the performance risks of the configured exporters, the most severe first. There
// are no risks if nothing is exported: other problems are not caused by export. A high
// sampling rate that a profile chose is not reported. The messages contain no number
// that changes often, because each change would be a write of the status; such numbers are
// metrics.
func (c *cost) risks(rows [3]*ovs.Exporter, chosen [3]bool) []risk {
	if rows == [3]*ovs.Exporter{} {
		return nil
	}
	var risks []risk
	add := func(reason, format string, args ...any) {
		risks = append(risks, risk{reason, fmt.Sprintf(format, args...)})
	}
	if c.losing {
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
		if rows[f] == nil || chosen[f] {
			continue
		}
		if n, err := strconv.Atoi(rows[f].Setting(ovs.Sampling)); err == nil && n > 0 && n < minSampling {
			add(v1alpha1.ReasonHighSampling, "%s samples 1 packet in %d, and each sample costs an upcall; 1 in 400 is usual. To keep the rate, set sampling in a FlowExportProfile", f, n)
		}
	}
	return risks
}
