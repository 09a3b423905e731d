package policy

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"sluice/validation"
)

// WriteText writes an explanation for people: a table for each enforcement, and the rules
// behind it in words.
func (e Explanation) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	name := e.User
	if name == "" {
		name = "Any user"
	}
	fmt.Fprint(t, name)
	if len(e.Groups) > 0 {
		fmt.Fprintf(t, " (%s)", strings.Join(e.Groups, ", "))
	}
	fmt.Fprintln(t)
	switch {
	case e.Exempt:
		fmt.Fprintln(t, "\nNo policy ever applies to this user, who may add and remove whatever is well-formed.")
	case len(e.Policies) == 0:
		fmt.Fprintf(t, "\nNone of %s applies: whatever is well-formed may be added and removed.\n", counted(e.All))
	default:
		fmt.Fprintf(t, "\n%d of %s apply:\n", len(e.Policies), counted(e.All))
		for _, p := range e.Policies {
			fmt.Fprintf(t, "  %s\t%s\tbecause of %s\n", p.Name, p.Enforcement, p.Because)
		}
		for _, l := range e.Levels {
			l.write(t, e.Policies)
		}
	}
	return t.Flush()
}

func counted(n int) string {
	if n == 1 {
		return "1 policy"
	}
	return fmt.Sprintf("%d policies", n)
}

// heading says what happens to what is not allowed.
func (l Level) heading() string {
	switch l.Enforcement {
	case Warn.String():
		return "What Deny would refuse, and now only a warning tells"
	case Audit.String():
		return "What Deny would refuse, and now only the audit log tells"
	}
	return "What may be done"
}

func (l Level) write(w io.Writer, policies []Applying) {
	fmt.Fprintf(w, "\n%s:\n  FORMAT\tMAY ADD\tEXCEPT\tAT MOST\tMAY REMOVE\tMUST LEAVE\n", l.heading())
	for _, f := range validation.Formats() {
		r := l.row(f)
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\t%s\n", r.format, r.add, r.except, r.most, r.remove, r.leave)
	}
	fmt.Fprintln(w)
	for _, p := range policies {
		if p.Fault != "" && p.Enforcement == l.Enforcement {
			fmt.Fprintf(w, "  Nothing may be added, because policy %s can't be read: %s\n", p.Name, p.Fault)
		}
	}
	if l.Restricted {
		fmt.Fprintln(w, "  Added may be what one of these matches, and nothing else:")
		writeRules(w, l.Allow)
	}
	if len(l.Deny) > 0 {
		fmt.Fprintln(w, "  Never added may be, whatever is allowed:")
		writeRules(w, l.Deny)
	}
	for _, limit := range l.Limits {
		fmt.Fprintf(w, "  Nothing is added beyond %d collectors of a format. [%s]\n", limit.Most, limit.Source)
	}
	if len(l.RemovalRestricted) > 0 {
		what := "nothing, because there is no allow rule"
		if len(l.Allow) > 0 {
			what = "only what one of the allow rules matches"
		}
		fmt.Fprintf(w, "  Removed may be %s. [%s]\n", what, strings.Join(l.RemovalRestricted, ", "))
	}
	if len(l.Required) > 0 {
		fmt.Fprintln(w, "  Not removed from the Network may be:")
		writeRules(w, l.Required)
	}
}

func writeRules(w io.Writer, rules []RuleText) {
	for _, r := range rules {
		fmt.Fprintf(w, "    %s  [%s]\n", r.Text, r.Source)
	}
}
