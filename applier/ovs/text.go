package ovs

import (
	"fmt"
	"strings"
)

// String says what the plan does, a line for each change, for people.
func (p Plan) String() string {
	if p.Empty() {
		return "no changes\n"
	}
	var b strings.Builder
	for _, s := range p.Steps {
		b.WriteString(s.String())
	}
	if p.WriteLastApplied {
		fmt.Fprintf(&b, "record on bridge %s what was applied last: %q\n", p.Bridge, p.LastApplied.String())
	}
	return b.String()
}

// String says what the step does, in one line or, for a change in place, one for each
// value.
func (s Step) String() string {
	subject := s.Format.String()
	if s.Drops != nil {
		subject = fmt.Sprintf("collector set %d for dropped packets", s.Drops.CollectorSet)
	}
	switch s.Action {
	case Create:
		return fmt.Sprintf("create %s: %s\n", subject, s.After)
	case Clear:
		return fmt.Sprintf("clear %s: %s\n", subject, s.Before)
	case Replace:
		return fmt.Sprintf("replace %s, because %s: %s\n", subject, s.why(), s.After)
	case Change:
	}
	var b strings.Builder
	fmt.Fprintf(&b, "change %s in place:\n", subject)
	if s.Retargets() {
		fmt.Fprintf(&b, "  targets: %s -> %s\n", textSet(s.Before.CanonicalTargets()), textSet(s.After.CanonicalTargets()))
	}
	for _, w := range s.Settings() {
		fmt.Fprintf(&b, "  %s: %s -> %s\n", w.Column.Name, orUnset(w.From), orUnset(w.To))
	}
	return b.String()
}

// why says why a row is not changed in place.
func (s Step) why() string {
	if s.Before.large() {
		return fmt.Sprintf("row %s is too large to be changed", s.Row)
	}
	return fmt.Sprintf("row %s has other users", s.Row)
}

// orUnset writes a value for people; one that is not set may have no default.
func orUnset(value string) string {
	if value == "" {
		return "(unset)"
	}
	return value
}
