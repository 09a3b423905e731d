package status

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"sluice/api/v1alpha1"
)

const shownDenials = 10

// WritePolicies shows the policies: the verdict, the problems, the policies, and who was denied lately.
func (v View) WritePolicies(w io.Writer, p Policies) error {
	s := p.Summarize()
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
		text = "Any well-formed collector may be added or removed."
	}
	lines := append([]string{first, text}, v.problems(s.Problems, shownProblems)...)
	lines = append(lines, v.policyTable(p)...)
	lines = append(lines, v.denials(p)...)
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

// policyTable has a line for each policy.
func (v View) policyTable(p Policies) []string {
	if len(p.Items) == 0 {
		return nil
	}
	denied := map[string]int{}
	for _, d := range p.Denials {
		denied[d.Policy] += d.Count
	}
	items := slices.SortedFunc(slices.Values(p.Items), func(a, b v1alpha1.FlowExportPolicy) int {
		return cmp.Or(cmp.Compare(len(policyProblems(b)), len(policyProblems(a))), cmp.Compare(a.Name, b.Name))
	})
	left := 0
	if !v.All {
		left = max(0, len(items)-shownNodes)
		items = items[:len(items)-left]
	}
	var table [][]string
	if v.Headers {
		table = append(table, []string{"POLICY", "ENFORCEMENT", "IN FORCE", "VIOLATIONS", "DENIED", "APPLIES TO", "EXEMPT"})
	}
	for _, o := range items {
		state, violations := "no", "?"
		if inForce(o) {
			state = "yes"
		}
		if evaluated(o, v1alpha1.ConditionCompliant) != nil {
			violations = fmt.Sprint(o.Status.ViolationCount)
		}
		count := fmt.Sprint(denied[o.Name])
		if p.DenialsUnknown != "" {
			count = "?"
		}
		table = append(table, []string{
			o.Name, cmp.Or(string(o.Spec.Enforcement), string(v1alpha1.EnforcementDeny)), state, violations, count, subjectsOf(o.Spec.Subjects, "everyone"), subjectsOf(o.Spec.Exempt, "-"),
		})
	}
	lines := []string{""}
	for _, line := range aligned(table) {
		lines = append(lines, cutTo(line, v.Width))
	}
	if left > 0 {
		lines = append(lines, fmt.Sprintf("and %s; -A shows them", plural(left, "more policy", "more policies")))
	}
	return lines
}

// denials lists who was denied lately.
func (v View) denials(p Policies) []string {
	if p.DenialsUnknown != "" {
		return append([]string{""}, wrapped("It is unknown who was denied lately: "+p.DenialsUnknown, v.Width, 2)...)
	}
	if len(p.Denials) == 0 {
		return nil
	}
	list := p.Denials
	left := 0
	if !v.All {
		left = max(0, len(list)-shownDenials)
		list = list[:len(list)-left]
	}
	lines := []string{"", "Denied lately:"}
	for _, d := range list {
		times := ""
		if d.Count > 1 {
			times = fmt.Sprintf(" (%d times)", d.Count)
		}
		lines = append(lines, wrapped(fmt.Sprintf("  %s, %s%s: %s", v.ago(d.Time), d.Policy, times, d.Message), v.Width, 6)...)
	}
	if left > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more; -A shows them", left))
	}
	return lines
}
