package status

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"sluice/api/v1alpha1"
	"sluice/cmd/internal/printable"
)

const shownDenials = 10

// WritePolicies shows the policies: the verdict, the problems, the policies, and who was denied lately.
func (v View) WritePolicies(w io.Writer, p Policies) error {
	s := p.Summarize()
	lines := v.policiesHead(p, s)
	rest := v.budget(v.Height - 1 - len(lines)) // the cursor is on the last line
	problems := v.problems(s.Problems, shownProblems)
	if len(problems) > rest/2 {
		problems = v.problems(s.Problems, max(1, rest/4))
		problems = v.firstLines(problems, rest/2)
	}
	rest -= len(problems)
	some := 0
	if len(p.Denials) > 0 || p.DenialsUnknown != "" {
		some = rest / 3 // for who was denied
	}
	table := v.policyTable(p, rest-some)
	lines = slices.Concat(lines, problems, table, v.denials(p, rest-len(table)))
	if v.Height > 0 {
		lines = v.firstLines(lines, max(1, v.Height-1))
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

// policiesHead is the verdict, the cluster that was read, and how many policies are in force.
func (v View) policiesHead(p Policies, s PolicySummary) []string {
	title, color := "OK", green
	switch n := len(s.Problems); {
	case n > 0:
		title, color = plural(n, "problem", "problems"), red
	case s.Policies == 0:
		title, color = "There are no policies", yellow
	}
	first := v.paint(color, title)
	if where := Where(v.Context, v.Server); where != "" {
		first += " (" + cutTo(where, v.Width-len(title)-3) + ")"
	}
	text := fmt.Sprintf("%d of %s in force.", s.InForce, plural(s.Policies, "policy is", "policies are"))
	if s.Policies == 0 {
		text = "No policy restricts which collectors may be added or removed. \"kubectl sluice doctor\" shows whether lists are checked."
	}
	lines := append([]string{first}, wrapped(text, v.Width, 2)...)
	if v.Watched {
		changed := v.Changed
		if changed.IsZero() {
			changed = v.Now
		}
		lines = append(lines, wrapped("Updated on every change, last at "+changed.Format(time.TimeOnly)+".", v.Width, 2)...)
	}
	if p.Old != nil {
		for _, line := range wrapped(p.old(), v.Width, 2) {
			lines = append(lines, v.paint(yellow, line))
		}
	}
	return lines
}

// policyTable has a line for each policy, and no more lines than there is room for.
func (v View) policyTable(p Policies, room int) []string {
	if len(p.Items) == 0 {
		return nil
	}
	items := slices.SortedFunc(slices.Values(p.Items), func(a, b v1alpha1.FlowExportPolicy) int {
		return cmp.Or(cmp.Compare(len(policyProblems(b)), len(policyProblems(a))), cmp.Compare(a.Name, b.Name))
	})
	const frame = 3 // an empty line, the headings, and the count of what is left out
	most := room - frame
	if !v.All {
		most = min(most, shownNodes)
	}
	left := max(0, len(items)-max(0, most))
	items = items[:len(items)-left]
	var table [][]string
	if v.Headers && len(items) > 0 {
		table = append(table, []string{"POLICY", "ENFORCEMENT", "IN FORCE", "VIOLATIONS", "DENIED", "APPLIES TO", "EXEMPT"})
	}
	for _, o := range items {
		table = append(table, p.cells(o))
	}
	lines := []string{""}
	for _, line := range aligned(table) {
		lines = append(lines, cutTo(line, v.Width))
	}
	if left > 0 {
		how := "; -A shows them"
		if v.Height > 0 {
			how = ""
		}
		lines = append(lines, "and "+plural(left, "more policy", "more policies")+how)
	}
	return lines
}

// cells are the columns of a policy.
func (p Policies) cells(o v1alpha1.FlowExportPolicy) []string {
	state, violations := "no", "?"
	if inForce(o) {
		state = "yes"
	}
	if evaluated(o, v1alpha1.ConditionCompliant) != nil {
		violations = fmt.Sprint(o.Status.ViolationCount)
	}
	count := "?"
	if p.DenialsUnknown == "" {
		denied := 0
		for _, d := range p.Denials {
			if d.Policy == o.Name {
				denied += d.Count
			}
		}
		count = fmt.Sprint(denied)
	}
	return []string{
		o.Name, cmp.Or(string(o.Spec.Enforcement), string(v1alpha1.EnforcementDeny)), state, violations, count, subjectsOf(o.Spec.Subjects, "everyone"), subjectsOf(o.Spec.Exempt, "-"),
	}
}

// denials lists who was denied lately, in no more lines than there is room for.
func (v View) denials(p Policies, room int) []string {
	if p.DenialsUnknown != "" {
		return append([]string{""}, wrapped("It is unknown who was denied lately: "+printable.Line(p.DenialsUnknown), v.Width, 2)...)
	}
	if len(p.Denials) == 0 {
		return nil
	}
	lines := []string{"", "Denied lately:"}
	left := len(p.Denials)
	for i, d := range p.Denials {
		block := wrapped("  "+v.ago(d.Time)+", "+d.text(), v.Width, 6)
		if !v.All && i == shownDenials || len(lines)+len(block) >= room { // a line is for the count of what is left out
			break
		}
		lines = append(lines, block...)
		left--
	}
	if left > 0 {
		how := "; -A shows them"
		if v.Height > 0 {
			how = ""
		}
		lines = append(lines, fmt.Sprintf("  and %d more%s", left, how))
	}
	return lines
}

// text says what was denied.
func (d Denial) text() string {
	times := ""
	if d.Count > 1 {
		times = fmt.Sprintf(" (%d times)", d.Count)
	}
	return printable.Line(fmt.Sprintf("%s%s: %s", d.Policy, times, d.Message))
}
