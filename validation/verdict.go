package validation

import "slices"

// Outcome sums a verdict up in one word.
type Outcome string

// The outcomes, in the words of the command line's JSON.
const (
	Accepted   Outcome = "Accepted"   // passes untouched
	Normalized Outcome = "Normalized" // passes once the edits are made
	Rejected   Outcome = "Rejected"   // malformed: the user must fix it
	Denied     Outcome = "Denied"     // well-formed, but a policy says no
)

// Verdict is the result of a review.
type Verdict struct {
	// Adds says that the change adds a collector or changes a setting. It is known only with policies.
	Adds bool
	// Errors say what is malformed, Denials what is not allowed.
	Errors  []Finding
	Denials []Denial
	// Warned are what policies of the enforcement Warn don't allow, and Audited those of
	// Audit; neither refuses anything. AppliedPolicies are the policies that apply to the user.
	Warned, Audited []Denial
	AppliedPolicies []string
	// Allowed and AllowedWarned are those of the Decision.
	Allowed, AllowedWarned string
	// Warnings never refuse anything. Those that report an edit come first.
	Warnings []Finding
	// Omitted counts the findings beyond Options.MaxFindings, OmittedDenials the denials that
	// refuse something beyond it.
	Omitted, OmittedDenials int
	// Edits turn the user's object into the canonical one. It is empty unless the
	// object passes.
	Edits []Edit
	// Flows is what the object says once the edits are made.
	Flows Flows
	// Parameters are those of the ConfigMap, as the Cluster Network Operator reads them.
	Parameters Parameters
}

// Outcome sums the verdict up.
func (v Verdict) Outcome() Outcome {
	switch {
	case len(v.Errors) > 0:
		return Rejected
	case len(v.Denials) > 0:
		return Denied
	case len(v.Edits) > 0:
		return Normalized
	}
	return Accepted
}

// Rules lists the rules of all findings once, sorted.
func (v Verdict) Rules() []string {
	var rules []string
	for _, f := range v.Errors {
		rules = append(rules, string(f.Rule))
	}
	for _, f := range v.Warnings {
		rules = append(rules, string(f.Rule))
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

// Policies lists the policies that deny something once, sorted.
func (v Verdict) Policies() []string { return PolicyNames(v.Denials) }
