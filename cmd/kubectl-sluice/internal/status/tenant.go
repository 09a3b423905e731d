package status

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
)

// Tenant is what a tenant sees: the FlowExports of one namespace.
type Tenant struct {
	Namespace string
	Items     []v1alpha1.FlowExport
	// Now is when they were read.
	Now time.Time
}

// TenantSummary counts FlowExports.
type TenantSummary struct {
	FlowExports int `json:"flowExports"`
	// Accepted is how many are accepted in their present generation, Exporting how many of them are sent
	// without a failure.
	Accepted  int       `json:"accepted"`
	Exporting int       `json:"exporting"`
	Problems  []Problem `json:"problems,omitempty"`
	// Warnings are what may not concern these FlowExports.
	Warnings []Problem `json:"warnings,omitempty"`
}

// Only keeps the FlowExports with some names; all if none is named. It names those that do not exist.
func (t Tenant) Only(names []string) (Tenant, []string) {
	if len(names) == 0 {
		return t, nil
	}
	missing := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return slices.ContainsFunc(t.Items, func(o v1alpha1.FlowExport) bool { return o.Name == name })
	})
	t.Items = slices.DeleteFunc(slices.Clone(t.Items), func(o v1alpha1.FlowExport) bool { return !slices.Contains(names, o.Name) })
	return t, missing
}

// Summarize counts FlowExports and lists what is wrong. One without pods or traffic is no problem.
func (t Tenant) Summarize() TenantSummary {
	s := TenantSummary{FlowExports: len(t.Items)}
	for _, o := range slices.SortedFunc(slices.Values(t.Items), func(a, b v1alpha1.FlowExport) int { return cmp.Compare(a.Name, b.Name) }) {
		accepted, exporting := current(o, v1alpha1.ConditionAccepted), current(o, v1alpha1.ConditionExporting)
		add := func(reason, message string, since *metav1.Time) {
			s.Problems = append(s.Problems, Problem{Nodes: []string{o.Name}, Reason: reason, Message: message, Since: since})
		}
		switch {
		case accepted == nil:
			add(ReasonNotEvaluated, fmt.Sprintf("Sluice's controller has not evaluated generation %d yet, so nothing is sent for it", o.Generation), nil)
			continue
		case accepted.Status != metav1.ConditionTrue:
			add(accepted.Reason, accepted.Message, &accepted.LastTransitionTime)
			continue
		}
		s.Accepted++
		if c := lossOf(o); c != nil {
			s.Warnings = append(s.Warnings, Problem{Nodes: []string{o.Name}, Reason: c.Reason, Message: c.Message, Since: &c.LastTransitionTime})
		}
		switch {
		case exporting == nil:
			add(ReasonNotEvaluated, "it is unknown whether records are sent", nil)
		case outdated(o, t.Now):
			add(ReasonOutdated, outdatedText, o.Status.LastRecord)
		case exporting.Status == metav1.ConditionTrue:
			s.Exporting++
		case exporting.Reason != v1alpha1.ReasonIdle && exporting.Reason != v1alpha1.ReasonNoPods:
			add(exporting.Reason, exporting.Message, &exporting.LastTransitionTime)
		}
	}
	return s
}

// sendingLasts is for how long a status can say Sending after the last record: nodes say so for 15 minutes, and
// reports and sums are a minute old each. The rest is for clocks that differ a little.
const sendingLasts = 20 * time.Minute

// outdatedText says what is wrong with a status that is outdated.
const outdatedText = "the status says that records are sent, but also that the last one was sent long ago: Sluice's controller does not update it, or a clock is wrong; ask a cluster administrator"

// outdated reports whether a status says that records are sent, and contradicts itself. A tenant can see in no other
// way that the controller does not run.
func outdated(o v1alpha1.FlowExport, now time.Time) bool {
	c := current(o, v1alpha1.ConditionExporting)
	return c != nil && c.Status == metav1.ConditionTrue && o.Status.LastRecord != nil && now.Sub(o.Status.LastRecord.Time) > sendingLasts
}

// lossOf says that a node lost records; nil if none did.
func lossOf(o v1alpha1.FlowExport) *metav1.Condition {
	if c := current(o, v1alpha1.ConditionIncomplete); c != nil && c.Status == metav1.ConditionTrue {
		return c
	}
	return nil
}

// current returns a condition of a FlowExport, if it is about the present generation; nil if not.
func current(o v1alpha1.FlowExport, kind string) *metav1.Condition {
	if o.Status == nil {
		return nil
	}
	if c := apimeta.FindStatusCondition(o.Status.Conditions, kind); c != nil && c.ObservedGeneration == o.Generation {
		return c
	}
	return nil
}
