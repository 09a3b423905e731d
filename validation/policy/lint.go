package policy

import (
	"cmp"
	"fmt"
	"slices"

	"sluice/validation"
)

// LintCheck is the stable, kebab-case name of one thing that Lint looks for.
type LintCheck string

// The checks.
const (
	// Unsatisfiable: what a policy demands cannot be done by any user, or not at all.
	Unsatisfiable LintCheck = "unsatisfiable"
	// Shadowed: a rule decides nothing, because another one decides about all that it matches.
	Shadowed LintCheck = "shadowed"
	// NeverMatches: a rule, or a network in it, matches nothing that can be stored.
	NeverMatches LintCheck = "never-matches"
	// NoUser: the policy applies to no user.
	NoUser LintCheck = "no-user"
	// Conflict: policies contradict each other.
	Conflict LintCheck = "conflict"
)

// LintSeverity says how sure a finding is to be a mistake.
type LintSeverity string

// The severities. An error is about a policy that cannot be met; a warning about a part that has
// no effect.
const (
	LintError   LintSeverity = "error"
	LintWarning LintSeverity = "warning"
)

// LintFinding is one thing that is probably not meant.
type LintFinding struct {
	Policy   string       `json:"policy"`
	Rule     string       `json:"rule,omitempty"` // such as allow[0]; empty for the policy as a whole
	Check    LintCheck    `json:"check"`
	Severity LintSeverity `json:"severity"`
	Message  string       `json:"message"`
}

// Text is the finding in one line.
func (f LintFinding) Text() string {
	place := f.Policy
	if f.Rule != "" {
		place += "/" + f.Rule
	}
	return fmt.Sprintf("%s: %s: %s [%s]", place, f.Severity, f.Message, f.Check)
}

// LintOptions are the facts about the cluster that decide what can be stored.
type LintOptions struct {
	// IPv6 says that the Network CRD stores IPv6 collectors.
	IPv6 bool
	// Exempt are users to whom no policy applies.
	Exempt []string
}

// linter collects the findings about one set of policies.
type linter struct {
	LintOptions
	policies []Policy
	set      *Set // of the policies, made when first needed
	// known says for collectors that were tried why no user can add them.
	known map[string]string
	found []LintFinding
}

// Lint finds what is probably not meant in policies that are valid one by one. Policies that
// are invalid are left out. The findings are in the order of the policies' names and of their
// rules.
func Lint(policies []Policy, o LintOptions) []LintFinding {
	l := &linter{LintOptions: o}
	for _, p := range policies {
		if p.Fault == "" {
			l.policies = append(l.policies, p)
		}
	}
	slices.SortStableFunc(l.policies, func(a, b Policy) int { return cmp.Compare(a.Name, b.Name) })
	for _, p := range l.policies {
		l.users(p)
		l.rules(p)
		l.required(p)
		l.bounds(p)
	}
	return l.found
}

func (l *linter) report(p Policy, rule string, check LintCheck, severity LintSeverity, format string, args ...any) {
	l.found = append(l.found, LintFinding{Policy: p.Name, Rule: rule, Check: check, Severity: severity, Message: fmt.Sprintf(format, args...)})
}

// bounds finds the bounds of two policies that no value can keep.
func (l *linter) bounds(p Policy) {
	for s, b := range p.Bounds {
		for _, other := range l.policies {
			o := other.Bounds[s]
			if b == nil || o == nil || other.Name <= p.Name || max(b.Min, o.Min) <= min(b.Max, o.Max) || !sharesUsers(p, other) {
				continue
			}
			l.report(p, validation.Setting(s).String(), Conflict, LintError, "allows %s, but policy %s allows %s, so that users to whom both apply can set no value", b, other.Name, o)
		}
	}
}
