package agent

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/validation"
)

// Trace is something that happened on the node: a condition changed, a change of another program was undone, or a
// collector refuses.
type Trace struct {
	// Warning says that it is a problem.
	Warning bool
	// Reason is a word for scripts, Message a sentence for people.
	Reason, Message string
}

// The reasons of traces that are no reasons of conditions.
const (
	// TraceRepaired says that the agent undid a change of another program.
	TraceRepaired = "Repaired"
	// TraceCollectorRefuses and TraceCollectorAccepts are about one of several collectors. What is about all of them
	// is a change of the condition Exporting.
	TraceCollectorRefuses = "CollectorRefuses"
	TraceCollectorAccepts = "CollectorAccepts"
)

// The rate of traces: a burst of 30, and then two a minute. What flaps is counted and not told each time.
const (
	traceBurst = 30
	tracePause = 30 * time.Second
)

// tracer logs and records what happens, at a bounded rate.
type tracer struct {
	limit *rate.Limiter
	// omitted counts traces since the last one that was told.
	omitted int
}

func newTracer() tracer { return tracer{limit: rate.NewLimiter(rate.Every(tracePause), traceBurst)} }

// allowed reports whether a trace may be told now, and how many were not told before it.
func (t *tracer) allowed(now time.Time) (omitted int, ok bool) {
	if !t.limit.AllowN(now, 1) {
		t.omitted++
		return 0, false
	}
	omitted, t.omitted = t.omitted, 0
	return omitted, true
}

// transition is a condition that has another status or reason than before.
type transition struct {
	old *metav1.Condition // nil if there was none
	now metav1.Condition
	// follows says that it is a consequence of another transition, and needs no Event of its own.
	follows bool
}

// transitions lists the conditions that have another status or reason. Of a first report, only problems count.
func transitions(last, status *v1alpha1.NodeFlowExportStatus) []transition {
	var list []transition
	unreachable := apimeta.IsStatusConditionFalse(status.Conditions, v1alpha1.ConditionOVSReachable)
	for _, c := range status.Conditions {
		old := apimeta.FindStatusCondition(last.Conditions, c.Type)
		if old == nil && !trouble(c) || old != nil && old.Status == c.Status && old.Reason == c.Reason {
			continue
		}
		wasUnreachable := old != nil && old.Status == metav1.ConditionUnknown && apimeta.IsStatusConditionFalse(last.Conditions, v1alpha1.ConditionOVSReachable)
		t := transition{old: old, now: c}
		switch {
		case c.Type == v1alpha1.ConditionOVSReachable:
		case unreachable && c.Status == metav1.ConditionUnknown, wasUnreachable && !trouble(c):
			t.follows = true
		case c.Type == v1alpha1.ConditionExporting:
			applied := apimeta.FindStatusCondition(status.Conditions, v1alpha1.ConditionApplied)
			t.follows = c.Reason == v1alpha1.ReasonNotApplied || applied != nil && applied.Reason == c.Reason
		}
		list = append(list, t)
	}
	return list
}

// trouble reports whether a condition is a problem.
func trouble(c metav1.Condition) bool {
	switch c.Type {
	case v1alpha1.ConditionConflict, v1alpha1.ConditionDrifted, v1alpha1.ConditionPerformanceRisk:
		return c.Status == metav1.ConditionTrue
	case v1alpha1.ConditionExporting:
		return c.Status != metav1.ConditionTrue && c.Reason != v1alpha1.ReasonOff
	}
	return c.Status != metav1.ConditionTrue
}

// traceReport tells what a report says that the last one did not say.
func (a *Agent) traceReport(last, status *v1alpha1.NodeFlowExportStatus) {
	if a.quiet() {
		return // the other agent tells it
	}
	changed := transitions(last, status)
	for _, t := range changed {
		from := ""
		if t.old != nil {
			from = string(t.old.Status)
		}
		trace := Trace{Warning: trouble(t.now), Reason: t.now.Reason, Message: fmt.Sprintf("%s is %s: %s", t.now.Type, t.now.Status, t.now.Message)}
		a.tell(trace, !t.follows, "condition changed", "type", t.now.Type, "from", from, "to", string(t.now.Status), "reason", t.now.Reason, "message", t.now.Message)
	}
	if slices.ContainsFunc(changed, func(t transition) bool { return t.now.Type == v1alpha1.ConditionExporting }) {
		return // its message names the collectors
	}
	for _, trace := range collectorTraces(last, status) {
		a.tell(trace, true, "collector changed", "reason", trace.Reason, "message", trace.Message)
	}
}

// collectorTraces are about the collectors that begin or stop to refuse.
func collectorTraces(last, status *v1alpha1.NodeFlowExportStatus) []Trace {
	type key struct {
		format v1alpha1.FlowFormat
		target string
	}
	before := map[key]v1alpha1.CollectorState{}
	for _, f := range last.Formats {
		for _, c := range f.Collectors {
			before[key{f.Format, c.Target}] = c.State
		}
	}
	refuses := func(s v1alpha1.CollectorState) bool {
		return s == v1alpha1.CollectorRefused || s == v1alpha1.CollectorNotOpen
	}
	var list []Trace
	for _, f := range status.Formats {
		for _, c := range f.Collectors {
			old := before[key{f.Format, c.Target}]
			switch {
			case refuses(c.State) && old != c.State:
				list = append(list, Trace{true, TraceCollectorRefuses, bounded(fmt.Sprintf("%s %s is %s: %s", f.Format, c.Target, c.State, c.Reason))})
			case refuses(old) && (c.State == v1alpha1.CollectorSending || c.State == v1alpha1.CollectorIdle):
				list = append(list, Trace{false, TraceCollectorAccepts, fmt.Sprintf("%s %s is %s", f.Format, c.Target, c.State)})
			}
		}
	}
	return list
}

// changedBy describes what is in Open vSwitch now, of each format.
func (r *reconciliation) changedBy() [3]string {
	var texts [3]string
	for _, f := range validation.Formats() {
		texts[f] = classOf(f, r.drifts[f].Class)
		if row, ok := r.state.Export(f); ok {
			texts[f] += ": " + described(row.Exporter)
		}
	}
	return texts
}

// traceRepairs tells which changes of other programs were undone.
func (a *Agent) traceRepairs(changes []string) {
	if len(changes) == 0 {
		return
	}
	message := bounded("a change of another program was undone; before, " + listed(changes, "; "))
	a.tell(Trace{Reason: TraceRepaired, Message: message}, true, "repaired", "message", message)
}

// cause says why the agent wrote: for a repair, for a verification, for tenants, or because something else is desired.
func (a *Agent) cause(r *reconciliation, repaired bool) string {
	switch {
	case repaired:
		return "repair"
	case a.last != nil && a.last.own.verification != r.own.verification:
		return "verification"
	case a.last != nil && a.last.own.tenants != r.own.tenants:
		return "tenants"
	}
	return "desired"
}

// tell writes a line of the log and, if wanted, an Event.
func (a *Agent) tell(t Trace, event bool, line string, keysAndValues ...any) {
	omitted, ok := a.tracer.allowed(a.config.Now())
	if !ok {
		return
	}
	if omitted > 0 {
		keysAndValues = append(keysAndValues, "omitted", omitted)
	}
	a.log.Info(line, keysAndValues...)
	if event && a.config.Record != nil {
		a.config.Record(t)
	}
}

// lines are the lines of a text.
func lines(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }
