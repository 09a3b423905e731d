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

// report makes the status of a pass, keeps since when all is as it is, and publishes it if
// it says something new.
func (a *Agent) report(p *pass, inputs Snapshot) {
	a.last, a.lastInputs = p, inputs
	status := a.newStatus(p)
	since(status, a.status, p.now)
	a.status = status
	a.metrics.report(status, p)
	a.config.Source.Publish(*status)
}

func (a *Agent) newStatus(p *pass) *v1alpha1.NodeFlowExportStatus {
	s := &v1alpha1.NodeFlowExportStatus{
		ObservedGeneration: p.desired.Generation,
		NetworkUID:         p.desired.NetworkUID,
		Mode:               p.mode,
		Profile:            p.desired.Profile,
		Bridge:             a.config.Bridge,
		OVSVersion:         p.state.Version,
		Verification:       a.verification.status(),
	}
	for _, f := range validation.Formats() {
		s.Formats = append(s.Formats, a.formatStatus(p, f))
	}
	s.Drops = dropsStatus(p)
	conditions := []metav1.Condition{
		a.applied(p), exporting(p, s.Formats), drifted(p), conflict(p, &a.restraint), reachable(p), a.performanceRisk(p),
	}
	for i := range conditions {
		conditions[i].ObservedGeneration = p.desired.Generation
	}
	s.Conditions = conditions
	return s
}

// formatStatus is about one format.
func (a *Agent) formatStatus(p *pass, f validation.Format) v1alpha1.FormatStatus {
	s := v1alpha1.FormatStatus{Format: f.String(), Class: v1alpha1.DriftClass(p.standings[f].Class)}
	if want := p.desired.Records[f]; want != nil && p.mode != v1alpha1.ModeCleanup {
		s.Desired = exportOf(*want)
	}
	if p.err != nil {
		s.Class, s.Summary = "", "unknown"
		return s
	}
	row, exists := p.state.Export(f)
	if !exists {
		s.Summary = "off"
		if s.Desired != nil {
			s.Summary = "not applied"
		}
		return s
	}
	s.Applied, s.Row = exportOf(row.Record), string(row.UUID)
	counts := map[v1alpha1.CollectorState]int{}
	for _, target := range row.Record.CanonicalTargets() {
		if target == p.extra {
			continue
		}
		state, reason := a.delivery.collector(f, target)
		counts[state]++
		s.Collectors = append(s.Collectors, v1alpha1.CollectorStatus{Target: target, State: state, Reason: reason})
	}
	s.Summary = summary(p.standings[f].Class, counts)
	return s
}

// summary is a format in few words: how many collectors are in which state, and the class
// if it is not as it should be.
func summary(class ovs.Class, counts map[v1alpha1.CollectorState]int) string {
	var parts []string
	for _, state := range []struct {
		state v1alpha1.CollectorState
		word  string
	}{
		{v1alpha1.CollectorOpen, "open"},
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

func exportOf(r ovs.Record) *v1alpha1.Export {
	e := &v1alpha1.Export{Targets: r.CanonicalTargets(), Parameters: map[string]string{}}
	for c, v := range r.Settings {
		e.Parameters[string(c)] = v
	}
	return e
}

func dropsStatus(p *pass) *v1alpha1.DropsStatus {
	want := p.desired.Drops
	switch {
	case p.drops.err != nil:
		return &v1alpha1.DropsStatus{State: v1alpha1.DropsFailed, Message: p.drops.err.Error()}
	case want == nil || p.err != nil || !p.drops.sampling:
		return nil
	}
	return &v1alpha1.DropsStatus{State: v1alpha1.DropsSampling, CollectorSet: int64(want.CollectorSet), Domain: int32(want.Domain)}
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
			if old < 0 {
				continue
			}
			for _, before := range last.Formats[old].Collectors {
				if before.Target == c.Target && before.State == c.State {
					c.Since = before.Since
				}
			}
		}
	}
}

func formatNamed(name string) (validation.Format, bool) {
	for _, f := range validation.Formats() {
		if f.String() == name {
			return f, true
		}
	}
	return 0, false
}
