package policy

import (
	"slices"

	"sluice/validation"
)

// Enforcement is what happens to a change that a policy does not allow.
type Enforcement uint8

// The enforcements, the strictest first.
const (
	Deny  Enforcement = iota // it is refused
	Warn                     // it passes, and the user is told
	Audit                    // it passes, and the audit log is told
)

// String is the enforcement as written in a policy.
func (e Enforcement) String() string {
	return [...]string{Deny: "Deny", Warn: "Warn", Audit: "Audit"}[e]
}

// Policy is what a FlowExportPolicy says. A user to whom none applies may do everything that
// is well-formed; as soon as one with allow rules applies, each added collector must match
// an allow rule of one of those that apply; a deny rule always wins. Only what a request
// changes is evaluated.
type Policy struct {
	Name string
	// Subjects are the users to whom it applies, all users if it is empty; Exempt are
	// users to whom it does not apply even if they are subjects.
	Subjects, Exempt []Subject
	Enforcement      Enforcement
	// Allow and Deny match added collectors.
	Allow, Deny []Rule
	// Namespaces are those with the FlowExports that the policy is about. If it is nil, the policy is
	// about everything else.
	Namespaces *Namespaces
	// MaxFlowExports is how many FlowExports a namespace may have; nil if the policy does not say it.
	MaxFlowExports *int
	// Required are collectors of a Network that may not be removed.
	Required []validation.Collector
	// MaxCollectors is how many collectors of a format an object may have after one was
	// added; nil is no limit.
	MaxCollectors *int
	// RemovalRestricted lets the users remove only what an allow rule matches.
	RemovalRestricted bool
	// Bounds are those of sampling and caches.
	Bounds Bounds
	// Fault says why the policy is invalid. It then denies every addition, because what it
	// allows is unknown.
	Fault string
}

// Applies reports whether the policy applies to a user.
func (p Policy) Applies(u validation.User) bool {
	matches := func(s Subject) bool { return s.Matches(u) }
	return (len(p.Subjects) == 0 || slices.ContainsFunc(p.Subjects, matches)) && !slices.ContainsFunc(p.Exempt, matches)
}
