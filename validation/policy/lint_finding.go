package policy

import "fmt"

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
