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
	maxDumpDuration = 500 * time.Millisecond // one look through the flow table
	minSampling     = 50                     // 1 packet in so many
)

// cost watches what export costs the node.
type cost struct {
	known   bool
	lookups ovs.Lookups
	table   ovs.FlowTable
	// lost is how many packets were dropped, for want of room on their way to
	// ovs-vswitchd, between the last two looks.
	lost uint64
}

// observe takes in a look at the datapath.
func (c *cost) observe(table ovs.FlowTable, lookups ovs.Lookups) {
	c.lost = 0
	if c.known && lookups.Lost >= c.lookups.Lost {
		c.lost = lookups.Lost - c.lookups.Lost
	}
	c.known, c.table, c.lookups = true, table, lookups
}

// risk is a reason to worry.
type risk struct{ reason, message string }

// risks lists the reasons to worry about the rows that stand, the gravest first. There are
// none if nothing is exported: whatever is wrong then is not because of export.
// Who allowed it on purpose is not warned of a high sampling rate. The messages hold no
// number that moves, which would be a write of the status each time: those are metrics.
func (c *cost) risks(rows [3]*ovs.Exporter, allowed bool) []risk {
	if rows == [3]*ovs.Exporter{} {
		return nil
	}
	var risks []risk
	add := func(reason, format string, args ...any) {
		risks = append(risks, risk{reason, fmt.Sprintf(format, args...)})
	}
	if c.lost > 0 {
		add(v1alpha1.ReasonPacketsLost, "packets are lost on their way to ovs-vswitchd; sample fewer packets, or remove collectors")
	}
	if c.table.Limit > 0 && float64(c.table.Current) > maxTableUse*float64(c.table.Limit) {
		text := "sample fewer packets"
		if rows[validation.NetFlow] != nil {
			text = "NetFlow makes an entry for each connection; prefer IPFIX"
		}
		add(v1alpha1.ReasonFlowTableFull, "more than half of the entries of the flow table are in use; %s", text)
	}
	if c.table.DumpDuration > maxDumpDuration {
		add(v1alpha1.ReasonSlowRevalidation, "ovs-vswitchd needs more than %s to look through its flow table", maxDumpDuration)
	}
	for _, f := range []validation.Format{validation.SFlow, validation.IPFIX} {
		if rows[f] == nil || allowed {
			continue
		}
		if n, err := strconv.Atoi(rows[f].Setting(ovs.Sampling)); err == nil && n > 0 && n < minSampling {
			add(v1alpha1.ReasonHighSampling, "%s samples 1 packet in %d, each an upcall; 400 is usual", f, n)
		}
	}
	return risks
}
