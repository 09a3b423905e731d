package source

import (
	"time"

	"sluice/api/v1alpha1"
)

// Another program can change what is reported many times in a second, on every node. So reports are stored in a burst,
// and then one in so long. The last part of the burst is for reports that say more than other values.
const (
	reportBurst   = 30
	reportReserve = 10
	reportRefill  = 10 * time.Second
)

// pace bounds how often reports are stored.
type pace struct {
	saved float64
	at    time.Time
	// spent is when the last one was stored.
	spent time.Time
}

// wait is how long the next report has to wait. prompt says that it says more than other values.
func (p *pace) wait(prompt bool, now time.Time) time.Duration {
	if p.at.IsZero() {
		p.saved, p.at = reportBurst, now
	}
	// A clock that was set back adds nothing.
	p.saved = min(reportBurst, p.saved+max(0, now.Sub(p.at).Seconds()/reportRefill.Seconds()))
	p.at = now
	until := func(needed float64) time.Duration {
		return max(0, time.Duration((needed-p.saved)*float64(reportRefill)))
	}
	if prompt {
		return until(1)
	}
	// Without a reserve, other values need not wait longer than one does after another.
	return min(until(1+reportReserve), max(until(1), min(reportRefill, p.spent.Add(reportRefill).Sub(now))))
}

// spend takes in that a report is stored.
func (p *pace) spend(now time.Time) { p.saved, p.spent = max(0, p.saved-1), now }

// saysMore reports whether a status says more than other values than the one before: what people and programs wait
// for.
func saysMore(status, before *v1alpha1.NodeFlowExportStatus) bool {
	if before == nil || status.ObservedGeneration != before.ObservedGeneration || status.NetworkUID != before.NetworkUID ||
		status.Mode != before.Mode || status.AgentMode != before.AgentMode || status.Profile != before.Profile || len(status.Conditions) != len(before.Conditions) {
		return true
	}
	if now, then := status.Observed, before.Observed; (now == nil) != (then == nil) || now != nil && *now != *then {
		return true
	}
	if now, then := status.Verification, before.Verification; (now == nil) != (then == nil) || now != nil && (now.Phase != then.Phase || now.Request != then.Request) {
		return true
	}
	for i, c := range status.Conditions {
		if then := before.Conditions[i]; c.Type != then.Type || c.Status != then.Status || c.Reason != then.Reason {
			return true
		}
	}
	return false
}
