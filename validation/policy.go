package validation

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
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
// changes is judged.
type Policy struct {
	Name string
	// Subjects are the users to whom it applies, everyone if there are none; Exempt are
	// those to whom it doesn't, all the same.
	Subjects, Exempt []Subject
	Enforcement      Enforcement
	// Allow and Deny match added collectors.
	Allow, Deny []PolicyRule
	// Required are collectors of a Network that may not be removed.
	Required []Sink
	// MaxCollectors is how many collectors of a format may stand in an object after one was
	// added; nil is no limit.
	MaxCollectors *int
	// RemovalAllowed lets the users remove only what an allow rule matches.
	RemovalAllowed bool
	// Fault says why the policy can't be read. It then denies every addition, because
	// nobody knows what it allows.
	Fault string
}

// SubjectKind is a kind of Subject.
type SubjectKind uint8

// The kinds of subjects.
const (
	UserSubject SubjectKind = iota
	GroupSubject
	ServiceAccountSubject
)

// Subject is a user, a group, or a service account.
type Subject struct {
	Kind SubjectKind
	Name string
	// Namespace of a service account.
	Namespace string
}

// key is what a subject matches: the user's name, or that of a group of the user's.
func (s Subject) key() subjectKey {
	switch s.Kind {
	case GroupSubject:
		return subjectKey{group: true, name: s.Name}
	case ServiceAccountSubject:
		return subjectKey{name: "system:serviceaccount:" + s.Namespace + ":" + s.Name}
	case UserSubject:
	}
	return subjectKey{name: s.Name}
}

// String names the subject for people.
func (s Subject) String() string {
	switch s.Kind {
	case GroupSubject:
		return "group " + s.Name
	case ServiceAccountSubject:
		return "service account " + s.Namespace + "/" + s.Name
	case UserSubject:
	}
	return "user " + s.Name
}

type subjectKey struct {
	group bool
	name  string
}

// Sink is a collector in the list of a format.
type Sink struct {
	Format    Format
	Collector netip.AddrPort
}

func (e Export) sink() Sink { return Sink{e.Format, e.Collector} }

// String is the sink for people.
func (s Sink) String() string { return s.Format.String() + " " + s.Collector.String() }

// PolicyRule matches collectors. Every field that is set must match.
type PolicyRule struct {
	Formats      []Format
	Destinations []netip.Prefix
	Ports        []PortRange
}

// PortRange is the ports from First to Last, both included.
type PortRange struct{ First, Last uint16 }

// String is the range as written in a policy.
func (r PortRange) String() string {
	if r.First == r.Last {
		return fmt.Sprint(r.First)
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// maxNamed is how many networks a sentence about a rule names.
const maxNamed = 8

// String says what the rule matches, as part of a sentence.
func (r PolicyRule) String() string {
	text := "every format"
	if len(r.Formats) > 0 {
		text = conjoin(names(r.Formats))
	}
	switch n := len(r.Destinations); {
	case n == 0:
		text += " to any address"
	case n > maxNamed:
		text += " to " + strings.Join(names(r.Destinations[:maxNamed]), ", ") + fmt.Sprintf(" and %d more networks", n-maxNamed)
	default:
		text += " to " + conjoin(names(r.Destinations))
	}
	if len(r.Ports) == 1 && r.Ports[0].First == r.Ports[0].Last {
		return text + ", port " + r.Ports[0].String()
	}
	if len(r.Ports) > 0 {
		text += ", ports " + conjoin(names(r.Ports))
	}
	return text
}

func names[T fmt.Stringer](list []T) []string {
	texts := make([]string, len(list))
	for i, item := range list {
		texts[i] = item.String()
	}
	return texts
}

// conjoin joins texts as a sentence does.
func conjoin(texts []string) string {
	if len(texts) < 2 {
		return strings.Join(texts, "")
	}
	last := len(texts) - 1
	return strings.Join(texts[:last], ", ") + " and " + texts[last]
}

// Applies reports whether the policy applies to a user.
func (p Policy) Applies(u User) bool {
	return (len(p.Subjects) == 0 || slices.ContainsFunc(p.Subjects, u.is)) && !slices.ContainsFunc(p.Exempt, u.is)
}

func (u User) is(s Subject) bool {
	k := s.key()
	if k.group {
		return slices.Contains(u.Groups, k.name)
	}
	return u.Name == k.name
}
