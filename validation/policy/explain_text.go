package policy

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// WriteText writes an explanation for people: for each enforcement a table, then its rules in
// words.
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
		fmt.Fprintln(t, "\nThis user is exempt from all policies: any well-formed collector may be added or removed.")
	case len(e.Policies) == 0:
		fmt.Fprintf(t, "\n%s: any well-formed collector may be added or removed.\n", none(e.All))
	default:
		verb := "apply"
		if len(e.Policies) == 1 {
			verb = "applies"
		}
		fmt.Fprintf(t, "\n%d of %s %s to this user:\n", len(e.Policies), counted(e.All), verb)
		for _, p := range e.Policies {
			fmt.Fprintf(t, "  %s\t%s\t%s\n", p.Name, p.Enforcement, p.reason())
		}
		for _, l := range e.Levels {
			l.write(t, e.Policies)
		}
	}
	return t.Flush()
}

// none says that no policy applies.
func none(all int) string {
	switch all {
	case 0:
		return "There are no policies"
	case 1:
		return "The only policy does not apply to this user"
	}
	return fmt.Sprintf("None of the %d policies applies to this user", all)
}

// reason says by which subject the policy applies.
func (a Applying) reason() string {
	if a.Because == everyone {
		return "applies to everyone"
	}
	return "via " + a.Because
}

func counted(n int) string {
	if n == 1 {
		return "1 policy"
	}
	return fmt.Sprintf("%d policies", n)
}

// heading says what happens to changes that are not allowed.
func (l Level) heading() string {
	switch l.Enforcement {
	case Warn.String():
		return "Warned about, and denied if these policies were enforced"
	case Audit.String():
		return "Recorded in the audit log, and denied if these policies were enforced"
	}
	return "Enforced"
}

func (l Level) write(w io.Writer, policies []Applying) {
	fmt.Fprintf(w, "\n%s:\n  FORMAT\tMAY ADD\tEXCEPT\tAT MOST\tMAY REMOVE\tMUST STAY\n", l.heading())
	for _, f := range l.formats() {
		r := l.row(f)
		fmt.Fprintf(w, "  %s\t%s\t%s\t%d\t%s\t%s\n", r.format, r.add, r.except, r.most, r.remove, r.stay)
	}
	fmt.Fprintln(w)
	for _, p := range policies {
		if p.Fault != "" && p.Enforcement == l.Enforcement {
			fmt.Fprintf(w, "  No collector can be added while policy %s is invalid: %s\n", p.Name, p.Fault)
		}
	}
	if l.Restricted {
		fmt.Fprintln(w, "  May add only collectors that match one of:")
		writeRules(w, l.Allow)
	}
	if len(l.Deny) > 0 {
		fmt.Fprintln(w, "  May never add, even if allowed above:")
		writeRules(w, l.Deny)
	}
	for _, limit := range l.Limits {
		fmt.Fprintf(w, "  May have at most %d collectors per format.  [%s]\n", limit.Most, limit.Source)
	}
	if len(l.RemovalRestricted) > 0 {
		what := "May remove nothing, because there is no allow rule"
		if len(l.Allow) > 0 {
			what = "May remove only collectors that an allow rule matches"
		}
		fmt.Fprintf(w, "  %s.  [%s]\n", what, strings.Join(l.RemovalRestricted, ", "))
	}
	if len(l.Required) > 0 {
		fmt.Fprintln(w, "  Must not remove from the Network, nor stop the export to:")
		writeRules(w, l.Required)
	}
	if len(l.Bounds) > 0 {
		fmt.Fprintln(w, "  May set, in the ConfigMap and in FlowExportProfiles, only:")
		writeRules(w, l.Bounds)
	}
}

func writeRules(w io.Writer, rules []RuleText) {
	for _, r := range rules {
		fmt.Fprintf(w, "    %s  [%s]\n", r.Text, r.Source)
	}
}
