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
	// losing says that packets are dropped on their way to ovs-vswitchd, because a queue was full, at a rate that
	// matters, full that much of the flow table is in use, and slow that it takes long to go through it.
	losing, full, slow lasting
}

// lasting is a state that changes only if two observations in a row say so: what goes to and fro around a limit would
// change the condition, and write a report, with each observation.
type lasting struct{ is, other bool }

// observe takes in what an observation says.
func (l *lasting) observe(now bool) {
	if now == l.is {
		l.other = false
		return
	}
	if l.other {
		l.is = now
	}
	l.other = !l.other
}

// A burst of new connections may lose a few packets on any node. A loss matters if it lasts for two
// observations, of at least so many packets, and of this part of those that went to ovs-vswitchd.
const (
	minLost     = 10
	maxLostRate = 0.001
)

// observe takes in the datapath's counters.
func (c *cost) observe(table ovs.FlowTable, lookups ovs.Lookups) {
	c.losing.observe(c.known && loses(c.lookups, lookups))
	c.full.observe(table.Limit > 0 && float64(table.Current) > maxTableUse*float64(table.Limit))
	c.slow.observe(table.DumpDuration > maxDumpDuration)
	c.known, c.lookups = true, lookups
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
	if c.losing.is {
		add(v1alpha1.ReasonPacketsLost, "packets are lost on their way to ovs-vswitchd; sample fewer packets or remove collectors")
	}
	if c.full.is {
		text := "sample fewer packets"
		if rows[validation.NetFlow] != nil {
			text = "NetFlow needs an entry for each connection; prefer IPFIX"
		}
		add(v1alpha1.ReasonFlowTableFull, "more than half of the datapath's flow table is in use; %s", text)
	}
	if c.slow.is {
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
