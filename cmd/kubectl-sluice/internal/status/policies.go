package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
)

// ReasonNotEvaluated says that the controller has not evaluated the present generation of a policy.
const ReasonNotEvaluated = "NotEvaluated"

// Policies are the FlowExportPolicies of a cluster, and what they denied lately.
type Policies struct {
	Items []v1alpha1.FlowExportPolicy
	// Denials are the Events about denied changes, the latest first. DenialsUnknown says why they can't be read.
	Denials        []Denial
	DenialsUnknown string
	// Old is since when the API server has not answered a watch; nil if it does.
	Old *time.Time
}

// Denial is a denied change, or several that one Event counts.
type Denial struct {
	Policy string `json:"policy"`
	// Time is when it happened last, Count how often.
	Time    time.Time `json:"time"`
	Count   int       `json:"count"`
	Message string    `json:"message"`
}

// PolicySummary counts policies.
type PolicySummary struct {
	Policies int `json:"policies"`
	// InForce is how many are in force as written, Violations how many stored entries violate one.
	InForce    int `json:"inForce"`
	Violations int `json:"violations"`
	// Denials counts the denied changes of which there are Events. The API server keeps them for an hour.
	Denials  int       `json:"denials"`
	Problems []Problem `json:"problems,omitempty"`
}

// Only keeps the policies with some names; all if none is named. It names those that do not exist.
func (p Policies) Only(names []string) (Policies, []string) {
	if len(names) == 0 {
		return p, nil
	}
	missing := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return slices.ContainsFunc(p.Items, func(o v1alpha1.FlowExportPolicy) bool { return o.Name == name })
	})
	p.Items = slices.DeleteFunc(slices.Clone(p.Items), func(o v1alpha1.FlowExportPolicy) bool { return !slices.Contains(names, o.Name) })
	p.Denials = slices.DeleteFunc(slices.Clone(p.Denials), func(d Denial) bool { return !slices.Contains(names, d.Policy) })
	return p, missing
}

// Summarize counts policies and lists what is wrong.
func (p Policies) Summarize() PolicySummary {
	s := PolicySummary{Policies: len(p.Items)}
	index := map[[2]string]int{}
	for _, o := range slices.SortedFunc(slices.Values(p.Items), func(a, b v1alpha1.FlowExportPolicy) int { return cmp.Compare(a.Name, b.Name) }) {
		if inForce(o) {
			s.InForce++
		}
		if o.Status != nil {
			s.Violations += int(o.Status.ViolationCount)
		}
		for _, one := range policyProblems(o) {
			key := [2]string{one.Reason, one.Message}
			i, known := index[key]
			if !known {
				i = len(s.Problems)
				index[key] = i
				s.Problems = append(s.Problems, one)
			}
			s.Problems[i].join(o.Name, one.Since)
		}
	}
	for _, d := range p.Denials {
		s.Denials += d.Count
	}
	return s
}

// evaluated returns a condition of a policy, if it is about the present generation; nil if not.
func evaluated(o v1alpha1.FlowExportPolicy, kind string) *metav1.Condition {
	if o.Status == nil {
		return nil
	}
	if c := apimeta.FindStatusCondition(o.Status.Conditions, kind); c != nil && c.ObservedGeneration == o.Generation {
		return c
	}
	return nil
}

func inForce(o v1alpha1.FlowExportPolicy) bool {
	c := evaluated(o, v1alpha1.ConditionReady)
	return c != nil && c.Status == metav1.ConditionTrue
}

// policyProblems lists the problems of a policy. One that is not valid has no others.
func policyProblems(o v1alpha1.FlowExportPolicy) []Problem {
	ready := evaluated(o, v1alpha1.ConditionReady)
	switch {
	case ready == nil:
		return []Problem{{Reason: ReasonNotEvaluated, Message: fmt.Sprintf("the controller has not evaluated generation %d; does it run? See \"kubectl sluice doctor\"", o.Generation)}}
	case ready.Status != metav1.ConditionTrue && ready.Reason == v1alpha1.ReasonUnreadable:
		return []Problem{of(*ready)}
	}
	var list []Problem
	for _, kind := range []string{v1alpha1.ConditionReady, v1alpha1.ConditionEnforced, v1alpha1.ConditionRemovalEnforced} {
		if c := evaluated(o, kind); c != nil && c.Status == metav1.ConditionFalse {
			list = append(list, of(*c))
		}
	}
	if c := evaluated(o, v1alpha1.ConditionCompliant); c != nil && c.Status == metav1.ConditionFalse {
		one := of(*c)
		if len(o.Status.Violations) > 0 {
			v := o.Status.Violations[0]
			one.Message = fmt.Sprintf("%s; the first: %s: %s", plural(int(o.Status.ViolationCount), "stored entry violates it", "stored entries violate it"), v.Resource, v.Message)
		}
		list = append(list, one)
	}
	return list
}

// subjectsOf names those to whom a policy applies.
func subjectsOf(list []v1alpha1.PolicySubject, none string) string {
	if len(list) == 0 {
		return none
	}
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = strings.TrimPrefix(s.Namespace+"/"+s.Name, "/")
	}
	const shown = 3
	if len(names) > shown {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
	}
	return strings.Join(names, ", ")
}
