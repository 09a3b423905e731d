package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"sluice/api/v1alpha1"
	"sluice/validation"
)

// Stored is a stored FlowExport.
type Stored struct {
	Name       string
	Created    time.Time
	Collectors []validation.Collector
	// Malformed says what is wrong with it; empty if nothing is.
	Malformed string
	// Deleting says that only finalizers keep it.
	Deleting bool
	// Accepted says that it was accepted in its present generation.
	Accepted bool
}

// Judgment is what the policies say of a stored FlowExport.
type Judgment struct {
	Accepted bool
	// Reason is that of the condition Accepted.
	Reason, Message string
}

// Judge says which of the FlowExports of a namespace may export, in the given order. The users who
// stored them are unknown. So an allow rule counts no matter which subjects its policy has, and what
// a policy restricts counts if it has no subjects. The namespace's number of others is not read.
func (s *Set) Judge(n validation.Namespace, stored []Stored) []Judgment {
	e := evaluation{policies: s.tenants.of(n)}
	most, by := storedQuota(e.policies)
	byAge := make([]int, len(stored))
	for i := range stored {
		byAge[i] = i
	}
	slices.SortFunc(byAge, func(a, b int) int {
		return cmp.Or(stored[a].Created.Compare(stored[b].Created), cmp.Compare(stored[a].Name, stored[b].Name))
	})
	judgments := make([]Judgment, len(stored))
	invalid := e.invalid()
	for age, i := range byAge {
		j := e.judge(n, stored[i])
		switch {
		case !j.Accepted:
		case age >= most:
			j = exceeded(age, most, by)
		case invalid != "" && !stored[i].Accepted:
			j = refuse(v1alpha1.ReasonDenied, "policies are invalid, so it is not known whether they deny it: %s", invalid)
		}
		judgments[i] = j
	}
	return judgments
}

// storedQuota is the quota without regard to users: of the policies that deny and are for all users. Without one, it is
// the most that any user has by the policies that deny and are for some.
func storedQuota(policies []*compiledPolicy) (most int, policy string) {
	deny := func(p *compiledPolicy) bool { return p.Enforcement == Deny && p.MaxFlowExports != nil }
	if most, policy, said := smallestQuota(policies, func(p *compiledPolicy) bool { return deny(p) && len(p.Subjects) == 0 }); said {
		return most, policy
	}
	most = DefaultFlowExports
	for _, p := range policies {
		if deny(p) && *p.MaxFlowExports > most {
			most, policy = *p.MaxFlowExports, p.Name
		}
	}
	return most, policy
}

// invalid names the policies of which no generation can be read; empty if there are none. What they deny is
// unknown, so nothing is accepted that was not accepted before.
func (e *evaluation) invalid() string {
	var names []string
	for _, p := range e.policies {
		if p.Fault != "" {
			names = append(names, p.Name)
		}
	}
	return strings.Join(names, ", ")
}

func refuse(reason, format string, args ...any) Judgment {
	return Judgment{Reason: reason, Message: fmt.Sprintf(format, args...)}
}

func exceeded(older, most int, by string) Judgment {
	source := "without maxFlowExports in a policy, a namespace has"
	if by != "" {
		source = "policy " + by + " allows"
	}
	return refuse(v1alpha1.ReasonQuotaExceeded, "the namespace has %d older FlowExports; %s at most %d; delete one", older, source, most)
}

// judge evaluates one FlowExport without regard to the number of them.
func (e *evaluation) judge(n validation.Namespace, f Stored) Judgment {
	switch {
	case f.Deleting:
		return refuse(v1alpha1.ReasonDeleting, "the FlowExport is being deleted; its finalizers keep it")
	case f.Malformed != "":
		return refuse(v1alpha1.ReasonMalformed, "%s", f.Malformed)
	}
	var allowing []string
	for _, c := range f.Collectors {
		by, why := e.allows(n, c)
		if why != "" {
			return refuse(v1alpha1.ReasonDenied, "%s: %s", c, why)
		}
		allowing = append(allowing, by)
	}
	for _, p := range e.policies {
		if p.MaxCollectors != nil && p.Enforcement == Deny && len(p.Subjects) == 0 && distinct(f.Collectors, validation.IPFIX) > *p.MaxCollectors {
			return refuse(v1alpha1.ReasonQuotaExceeded, "has %d collectors; policy %s allows at most %d; remove some", distinct(f.Collectors, validation.IPFIX), p.Name, *p.MaxCollectors)
		}
	}
	slices.Sort(allowing)
	return Judgment{Accepted: true, Reason: v1alpha1.ReasonAllowed, Message: "allowed by " + strings.Join(slices.Compact(allowing), ", ")}
}

// allows names the rule that allows a collector, or says why none does.
func (e *evaluation) allows(n validation.Namespace, c validation.Collector) (by, why string) {
	for _, p := range e.policies {
		if p.Enforcement != Deny || len(p.Subjects) > 0 {
			continue
		}
		if i := slices.IndexFunc(p.deny, func(r compiledRule) bool { return r.matches(c) }); i >= 0 {
			return "", fmt.Sprintf("policy %s denies it (deny[%d])", p.Name, i)
		}
	}
	for _, p := range e.policies {
		if i := slices.IndexFunc(p.allow, func(r compiledRule) bool { return r.matches(c) }); i >= 0 {
			return fmt.Sprintf("%s/allow[%d]", p.Name, i), ""
		}
	}
	why = fmt.Sprintf("no FlowExportPolicy that names the namespace %q allows it; ask a cluster administrator", n.Name)
	if invalid := e.invalid(); invalid != "" {
		why += "; invalid policies: " + invalid
	}
	return "", why
}
