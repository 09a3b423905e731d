package agent

import (
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
	"sluice/validation"
)

// report builds the status of a reconciliation, keeps the times of what did not change, and
// publishes it if it says something new.
func (a *Agent) report(r *reconciliation, inputs Snapshot) {
	a.last, a.lastInputs = r, inputs
	status := a.newStatus(r)
	since(status, a.status, r.now)
	a.traceReport(a.status, status)
	a.status = status
	a.metrics.report(status, r)
	if quiet := a.quiet(); !quiet || !a.told {
		a.config.Source.Publish(*status)
		a.told = quiet
	}
}

func (a *Agent) newStatus(r *reconciliation) *v1alpha1.NodeFlowExportStatus {
	s := &v1alpha1.NodeFlowExportStatus{
		ObservedGeneration: r.desired.Generation,
		NetworkUID:         r.desired.NetworkUID,
		Observed:           r.desired.Observed,
		Mode:               r.mode,
		AgentMode:          a.config.Mode,
		Profile:            r.desired.Profile,
		Bridge:             a.config.Bridge,
		OVSVersion:         cut(r.state.Version, maxValue),
		Verification:       a.verification.status(a.status.Verification),
	}
	for _, f := range validation.Formats() {
		s.Formats = append(s.Formats, a.formatStatus(r, f))
	}
	for _, c := range r.unsupported {
		s.UnsupportedColumns = append(s.UnsupportedColumns, string(c))
	}
	s.Drops = dropsStatus(r)
	s.FlowExports, s.OmittedFlowExports = a.tenants.status(r, a.delivery.probes)
	conditions := []metav1.Condition{
		a.applied(r), a.exporting(r, s.Formats), synced(a.config.Source.Failing(), a.lastInputs.ProfilesUnknown), drifted(r), conflict(r, &a.holdDown), reachable(r), a.performanceRisk(r),
	}
	for i := range conditions {
		conditions[i].ObservedGeneration = r.desired.Generation
	}
	s.Conditions = conditions
	return s
}

// formatStatus is about one format.
func (a *Agent) formatStatus(r *reconciliation, f validation.Format) v1alpha1.FormatStatus {
	s := v1alpha1.FormatStatus{Format: v1alpha1.FlowFormat(f.Name()), Class: v1alpha1.DriftClass(r.drifts[f].Class)}
	if want := r.desired.Exporters[f]; want != nil && r.mode != v1alpha1.ModeCleanup {
		s.Desired = exportOf(*want)
	}
	if r.err != nil {
		s.Class, s.Summary = "", "unknown"
		return s
	}
	row, exists := r.state.Export(f)
	if !exists {
		s.Summary = "off"
		if s.Desired != nil {
			s.Summary = "not applied"
		}
		return s
	}
	shown := row.Exporter
	shown.Targets = r.own.without(shown.CanonicalTargets())
	if len(shown.Targets) == 0 && r.onlyTenants(f) && s.Class == v1alpha1.DriftInSync {
		s.Row, s.Summary = string(row.UUID), "off" // for the cluster
		return s
	}
	omitted := 0
	if s.Class != v1alpha1.DriftInSync {
		shown, omitted = few(shown)
	}
	s.Applied, s.Row = exportOf(shown), string(row.UUID)
	s.Applied.OmittedTargets = int32(omitted)
	counts := map[v1alpha1.CollectorState]int{}
	for _, target := range shown.CanonicalTargets() {
		state, reason := a.delivery.collector(f, target, r.now)
		if silent(r) {
			state, reason = silentCollector(r)
		}
		counts[state]++
		s.Collectors = append(s.Collectors, v1alpha1.CollectorStatus{Target: target, State: state, Reason: bounded(reason)})
	}
	s.Summary = summary(r.drifts[f].Class, counts)
	return s
}

// summary is a format in few words: how many collectors are in which state, and the class
// if it is not InSync.
func summary(class ovs.DriftClass, counts map[v1alpha1.CollectorState]int) string {
	var parts []string
	for _, state := range []struct {
		state v1alpha1.CollectorState
		word  string
	}{
		{v1alpha1.CollectorSending, "sending"},
		{v1alpha1.CollectorIdle, "idle"},
		{v1alpha1.CollectorRefused, "refused"},
		{v1alpha1.CollectorNotOpen, "not open"},
		{v1alpha1.CollectorUnknown, "unknown"},
	} {
		if n := counts[state.state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state.word))
		}
	}
	text := strings.Join(parts, ", ")
	if class != ovs.InSync && class != "" {
		text = strings.ToLower(string(class)) + ": " + text
	}
	return text
}

func exportOf(r ovs.Exporter) *v1alpha1.Export {
	e := &v1alpha1.Export{Targets: r.CanonicalTargets(), Parameters: map[string]string{}}
	for c, v := range r.Settings {
		e.Parameters[string(c)] = v
	}
	return e
}

// since keeps the times of what did not change since the last report.
func since(s, last *v1alpha1.NodeFlowExportStatus, now time.Time) {
	at := metav1.NewTime(now.Truncate(time.Second))
	for i := range s.Conditions {
		c := &s.Conditions[i]
		c.LastTransitionTime = at
		for _, old := range last.Conditions {
			if old.Type == c.Type && old.Status == c.Status {
				c.LastTransitionTime = old.LastTransitionTime
			}
		}
	}
	for i := range s.Formats {
		old := slices.IndexFunc(last.Formats, func(f v1alpha1.FormatStatus) bool { return f.Format == s.Formats[i].Format })
		for j := range s.Formats[i].Collectors {
			c := &s.Formats[i].Collectors[j]
			c.Since = at
			if old >= 0 {
				keepSince(c, last.Formats[old].Collectors)
			}
		}
	}
	sinceOf(s.FlowExports, last.FlowExports, at)
}
