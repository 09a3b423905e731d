package agent

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/applier/splitter"
	"sluice/validation"
)

// ipfix is the format of FlowExports.
const ipfix = validation.IPFIX

// maxEntries is how many FlowExports a report lists.
const maxEntries = 512

// countEvery is how often the counters of FlowExports are reported: each report is a write of each node's.
const countEvery = time.Minute

// The reports about FlowExports that are made because something changed: a burst, and then one in so long. Tenants can
// change their FlowExports at any rate, and each report is a write.
const (
	reportBurst  = 10
	reportRefill = 10 * time.Second
)

// tenantReport is what was reported last about FlowExports. Counters that only grow are not reported with
// each look.
type tenantReport struct {
	entries []v1alpha1.NodeFlowExportEntry
	omitted int32
	said    string
	at      time.Time
}

// losses notices that the node lost records before it was known whose they are.
type losses struct {
	count uint64
	at    time.Time
}

// lately reports whether that was noticed within the last 15 minutes, or is now.
func (l *losses) lately(c splitter.Counts, now time.Time) bool {
	count := c.Lost + c.Unconfirmed + c.Malformed + c.NoTemplate + c.Unknown + c.Ambiguous
	if count != l.count {
		l.count, l.at = count, now
	}
	if l.at.Before(c.LastMissed) {
		l.at = c.LastMissed
	}
	return !l.at.IsZero() && now.Sub(l.at) < sendingLasts
}

// status is what to report about FlowExports, and how many are left out.
func (t *tenants) status(r *reconciliation, probes map[netip.AddrPort]probed) (entries []v1alpha1.NodeFlowExportEntry, omitted int32) {
	if r.mode == v1alpha1.ModeCleanup {
		t.report = tenantReport{}
		return nil, 0
	}
	counts := map[splitter.Key]splitter.ExportCount{}
	node, all := t.splitter.Counts()
	for _, c := range all {
		counts[c.Key] = c
	}
	reason, message := t.obstacle(r)
	for _, e := range t.exports {
		key := splitter.Key{Namespace: e.Namespace, Name: e.Name}
		c, sending := counts[key]
		if !sending { // what was sent counts also while nothing may be sent
			c, _ = t.splitter.Former(key, desired.FlowExportDomain(t.node, e.UID))
		}
		entries = append(entries, entryOf(e, c, reason, message, probes, r.now))
	}
	incomplete := t.losses.lately(node, r.now)
	for i := range entries {
		entries[i].Incomplete = incomplete
	}
	refused := t.others[:min(len(t.others), maxEntries-len(entries))]
	for _, e := range refused {
		entries = append(entries, v1alpha1.NodeFlowExportEntry{
			Namespace: e.Namespace, Name: e.Name, UID: e.UID, Generation: e.Generation, Reason: v1alpha1.ReasonTooMany,
			Message: fmt.Sprintf("the node has pods for more than %d FlowExports; it sends for the oldest ones of each namespace, and not for this one", maxFlowExports),
		})
	}
	omitted = int32(len(t.others) - len(refused)) //nolint:gosec // FlowExports of a cluster
	said := sayings(entries)
	same := said == t.report.said
	if same && r.now.Sub(t.report.at) < countEvery || !same && t.reports.wait("", r.now) > 0 {
		return slices.Clone(t.report.entries), t.report.omitted
	}
	if !same {
		t.reports.spend("")
	}
	t.report = tenantReport{entries: slices.Clone(entries), omitted: omitted, said: said, at: r.now}
	return entries, omitted
}

// entryOf is about one FlowExport.
func entryOf(e desired.FlowExport, c splitter.ExportCount, reason, message string, probes map[netip.AddrPort]probed, now time.Time) v1alpha1.NodeFlowExportEntry {
	entry := v1alpha1.NodeFlowExportEntry{
		Namespace: e.Namespace, Name: e.Name, UID: e.UID, Generation: e.Generation, Reason: reason, Message: bounded(message),
	}
	for _, target := range e.Collectors {
		state, why := v1alpha1.CollectorUnknown, message
		i := slices.IndexFunc(c.Collectors, func(d splitter.CollectorCount) bool { return d.Collector == target })
		if i >= 0 && reason == "" {
			state, why = stateOf(c.Collectors[i], probes[target], now)
		}
		entry.Collectors = append(entry.Collectors, v1alpha1.CollectorStatus{Target: target.String(), State: state, Reason: bounded(why)})
	}
	entry.Records, entry.Dropped = int64(c.Sent), int64(c.Lost) //nolint:gosec // counters
	if !c.LastSent.IsZero() {
		entry.LastRecord = new(metav1.NewTime(c.LastSent.Truncate(time.Second)))
	}
	return entry
}

// stateOf is the state of a tenant's collector, and why.
func stateOf(c splitter.CollectorCount, p probed, now time.Time) (state v1alpha1.CollectorState, why string) {
	if !c.LastRefused.IsZero() && now.Sub(c.LastRefused) < refusalLasts && p.cause != ovs.ProbeFiltered { // the node may refuse itself
		return v1alpha1.CollectorRefused, notListening(c.Collector.String())
	}
	if state, why := p.met(c.Collector.String(), now); state != "" {
		return state, why
	}
	switch {
	case c.Err != nil:
		return v1alpha1.CollectorNotOpen, unsendable(c.Err)
	case p.cause == ovs.ProbeFailed && !c.LastSent.After(p.at):
		return v1alpha1.CollectorNotOpen, unsendable(p.err)
	case !c.LastSent.IsZero() && now.Sub(c.LastSent) < sendingLasts:
		return v1alpha1.CollectorSending, ""
	}
	return v1alpha1.CollectorIdle, ""
}

// sayings is what entries say, apart from counters and times.
func sayings(entries []v1alpha1.NodeFlowExportEntry) string {
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%s/%s %s %d %s %s %t", e.Namespace, e.Name, e.UID, e.Generation, e.Reason, e.Message, e.Incomplete)
		for _, c := range e.Collectors {
			fmt.Fprintf(&b, " %s %s %s", c.Target, c.State, c.Reason)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// sinceOf keeps the times of the states that did not change.
func sinceOf(entries, last []v1alpha1.NodeFlowExportEntry, at metav1.Time) {
	for i := range entries {
		e := &entries[i]
		old := slices.IndexFunc(last, func(o v1alpha1.NodeFlowExportEntry) bool { return o.Namespace == e.Namespace && o.Name == e.Name })
		e.Collectors = slices.Clone(e.Collectors)
		for j := range e.Collectors {
			e.Collectors[j].Since = at
			if old >= 0 {
				keepSince(&e.Collectors[j], last[old].Collectors)
			}
		}
	}
}

// keepSince takes over the time of a state that was reported before.
func keepSince(c *v1alpha1.CollectorStatus, before []v1alpha1.CollectorStatus) {
	for _, b := range before {
		if b.Target == c.Target && b.State == c.State {
			c.Since = b.Since
		}
	}
}
