package agent

import (
	"reflect"
	"slices"
	"time"

	"sluice/applier/desired"
)

// Tenants can change their FlowExports at any rate, which concerns all nodes of the cluster.
const (
	// leastRest and mostRest bound how long to wait, after a change that concerns FlowExports alone, before the cluster's
	// objects are read again. In between, it is restShare times as long as that took.
	leastRest = 100 * time.Millisecond
	mostRest  = time.Second
	restShare = 20
	// wakeBurst reconciliations are made at once because of FlowExports, and then one in wakeRefill.
	wakeBurst  = 10
	wakeRefill = time.Second
)

// concern is what a change of the cluster's objects concerns.
type concern int

const (
	concernsNothing concern = iota // of this node
	concernsTenants                // only what is sent for FlowExports
	concernsNow                    // anything else, and what must not be sent for any more
)

// concerns reports what a change since the last reconciliation concerns.
func (a *Agent) concerns(now Snapshot) concern {
	if a.last == nil || !same(a.lastInputs, now) {
		return concernsNow
	}
	return a.tenants.concerns(a.lastInputs.Inputs, now.Inputs)
}

// same reports whether nothing but FlowExports differs. The agent writes the status itself: what counts is whether there
// is one.
func same(a, b Snapshot) bool {
	if a.Verify != b.Verify || (a.Status == nil) != (b.Status == nil) {
		return false
	}
	x, y := a.Inputs, b.Inputs
	x.FlowExports, x.DeniedFlowExports, y.FlowExports, y.DeniedFlowExports = nil, nil, nil, nil
	return reflect.DeepEqual(x, y)
}

// concerns is about FlowExports alone. One without a pod on the node concerns nothing.
func (t *tenants) concerns(last, now desired.Inputs) concern {
	denied := func(in desired.Inputs) (n int) {
		for _, uid := range in.DeniedFlowExports {
			if t.served[uid] {
				n++
			}
		}
		return n
	}
	old, present := t.here(last.FlowExports), byUID(t.here(now.FlowExports))
	if denied(now) > denied(last) || slices.ContainsFunc(t.exports, func(e desired.FlowExport) bool { _, ok := present[e.UID]; return !ok }) {
		return concernsNow
	}
	if denied(now) != denied(last) || !reflect.DeepEqual(byUID(old), present) {
		return concernsTenants
	}
	if reflect.DeepEqual(byUID(last.FlowExports), byUID(now.FlowExports)) {
		return concernsTenants // it is not known what changed
	}
	return concernsNothing
}

func byUID(list []desired.FlowExport) map[string]desired.FlowExport {
	all := make(map[string]desired.FlowExport, len(list))
	for _, e := range list {
		all[e.UID] = e
	}
	return all
}

// wakes says when changes of the cluster's objects are looked at, and when the agent reconciles because of them.
type wakes struct {
	budget budget
	// due is when to reconcile because of FlowExports; zero for never.
	due time.Time
	// rest runs after a change that concerns at most FlowExports; until its end, the next one is not looked at.
	rest    *time.Timer
	resting bool
}

func newWakes() wakes {
	rest := time.NewTimer(time.Hour)
	rest.Stop()
	return wakes{budget: budget{burst: wakeBurst, every: wakeRefill}, rest: rest}
}

// changes are those to look at now; nil while none is.
func (w *wakes) changes(all <-chan struct{}) <-chan struct{} {
	if w.resting {
		return nil
	}
	return all
}

// looked takes in that it took so long to see what a change concerns, and reports whether to reconcile at once.
func (w *wakes) looked(c concern, took time.Duration, now time.Time) bool {
	if c == concernsNow {
		return true
	}
	w.resting = true
	w.rest.Reset(min(mostRest, max(leastRest, restShare*took)))
	if c == concernsNothing || !w.due.IsZero() {
		return false
	}
	if wait := w.budget.wait("", now); wait > 0 {
		w.due = now.Add(wait)
		return false
	}
	w.budget.spend("")
	return true
}

// reconciles takes in that the agent reconciles now.
func (w *wakes) reconciles(now time.Time) {
	if !w.due.IsZero() && !now.Before(w.due) {
		w.budget.wait("", now) // what was saved since
		w.budget.spend("")
	}
	w.due = time.Time{}
}

// sooner is the earlier time of a reconciliation.
func (w *wakes) sooner(full time.Time) time.Time {
	if !w.due.IsZero() && w.due.Before(full) {
		return w.due
	}
	return full
}
