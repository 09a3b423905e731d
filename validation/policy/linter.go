package policy

import "fmt"

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

func (l *linter) report(p Policy, rule string, check LintCheck, severity LintSeverity, format string, args ...any) {
	l.found = append(l.found, LintFinding{Policy: p.Name, Rule: rule, Check: check, Severity: severity, Message: fmt.Sprintf(format, args...)})
}
