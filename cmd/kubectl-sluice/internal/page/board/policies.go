package board

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sluice/api/v1alpha1"
)

// Policy is a FlowExportPolicy, in lines for people.
type Policy struct {
	Name        string `json:"name"`
	Enforcement string `json:"enforcement"`
	// AppliesTo are its subjects, Exempt those to whom it does not apply.
	AppliesTo []string `json:"appliesTo"`
	Exempt    []string `json:"exempt,omitempty"`
	// Rules are what it allows, denies and requires.
	Rules []PolicyRule `json:"rules"`
	// Conditions are those of its status.
	Conditions []PolicyCondition `json:"conditions,omitempty"`
}

// PolicyRule is a line: Allow, Deny, Required or Limit, and what it says.
type PolicyRule struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// PolicyCondition is a condition of a policy.
type PolicyCondition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// Policies are all policies. Known says whether they could be read.
type Policies struct {
	Known   bool     `json:"known"`
	List    []Policy `json:"list"`
	Omitted int      `json:"omitted,omitempty"`
}

func (f Facts) policies() Policies {
	p := Policies{Known: f.source(SourcePolicies).Known(), List: []Policy{}, Omitted: max(0, len(f.Policies)-maxPolicies)}
	sorted := slices.SortedFunc(slices.Values(f.Policies), func(a, b v1alpha1.FlowExportPolicy) int { return cmp.Compare(a.Name, b.Name) })
	for _, o := range first(sorted, maxPolicies) {
		p.List = append(p.List, policy(o))
	}
	return p
}

func policy(o v1alpha1.FlowExportPolicy) Policy {
	p := Policy{Name: o.Name, Enforcement: cmp.Or(string(o.Spec.Enforcement), string(v1alpha1.EnforcementDeny)), Exempt: subjects(o.Spec.Exempt), Rules: rules(o.Spec)}
	if p.AppliesTo = subjects(o.Spec.Subjects); p.AppliesTo == nil {
		p.AppliesTo = []string{"everyone"}
	}
	if o.Status == nil {
		return p
	}
	for _, c := range first(o.Status.Conditions, maxLines) {
		p.Conditions = append(p.Conditions, PolicyCondition{c.Type, string(c.Status), cut(c.Reason), cut(c.Message)})
	}
	return p
}

func subjects(list []v1alpha1.PolicySubject) []string {
	var texts []string
	for _, s := range first(list, maxLines) {
		name := s.Name
		if s.Namespace != "" {
			name = s.Namespace + "/" + s.Name
		}
		texts = append(texts, cut(s.Kind+" "+name))
	}
	return texts
}

func rules(s v1alpha1.FlowExportPolicySpec) []PolicyRule {
	list := []PolicyRule{}
	for _, r := range s.Allow {
		list = append(list, PolicyRule{"Allow", match(r)})
	}
	for _, r := range s.Deny {
		list = append(list, PolicyRule{"Deny", match(r)})
	}
	for _, r := range s.Required {
		list = append(list, PolicyRule{"Required", cut(string(r.Format) + " " + r.Collector)})
	}
	if s.MaxCollectors != nil {
		list = append(list, PolicyRule{"Limit", fmt.Sprintf("at most %d collectors of a format", *s.MaxCollectors)})
	}
	if s.Removal == v1alpha1.RemovalOnlyAllowed {
		list = append(list, PolicyRule{"Removal", "only what an allow rule matches"})
	}
	return first(list, maxLines)
}

// match says what a rule matches: every field that is set must match.
func match(r v1alpha1.PolicyRule) string {
	formats := "any format"
	if len(r.Formats) > 0 {
		formats = joined(r.Formats)
	}
	to := joined(r.Destinations)
	if len(r.Hosts) > 0 {
		to = strings.TrimPrefix(to+", "+joined(r.Hosts), ", ")
	}
	text := formats + " to " + cmp.Or(to, "any address")
	if len(r.Ports) > 0 {
		text += ", ports " + joined(r.Ports)
	}
	return cut(text)
}

func joined[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, t := range list {
		texts[i] = string(t)
	}
	return strings.Join(texts, ", ")
}
