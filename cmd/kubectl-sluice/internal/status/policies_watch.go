package status

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sluice/api/v1alpha1"
	"sluice/cmd/internal/printable"
)

// old says that the policies are shown as they were when the API server answered last.
func (p Policies) old() string {
	return "The API server has not answered since " + p.Old.Local().Format(time.TimeOnly) + "; this is what it said then."
}

// Changes describes what differs from earlier policies, for a log: a line for each policy that is
// new, different or gone, one for each of its problems, and one for each newly denied change.
func (p Policies) Changes(earlier Policies) []string {
	var lines []string
	if was := earlier.Old != nil; was != (p.Old != nil) {
		text := "The API server answers again."
		if !was {
			text = p.old()
		}
		lines = append(lines, text)
	}
	before := map[string]string{}
	for _, o := range earlier.Items {
		before[o.Name] = earlier.entry(o)
	}
	for _, o := range p.Items {
		if text := p.entry(o); before[o.Name] != text {
			lines = append(lines, strings.Split(text, "\n")...)
		}
		delete(before, o.Name)
	}
	for _, o := range earlier.Items {
		if _, gone := before[o.Name]; gone {
			lines = append(lines, o.Name+"   deleted")
		}
	}
	if p.DenialsUnknown != earlier.DenialsUnknown && p.DenialsUnknown != "" {
		lines = append(lines, "It is unknown who was denied lately: "+printable.Line(p.DenialsUnknown))
	}
	for _, d := range slices.Backward(p.Denials) { // the latest is last
		if !slices.ContainsFunc(earlier.Denials, d.same) {
			lines = append(lines, fmt.Sprintf("%s denied by %s", d.Time.Local().Format(time.TimeOnly), d.text()))
		}
	}
	return lines
}

// same reports whether two denials are about the same changes.
func (d Denial) same(other Denial) bool {
	return d.Policy == other.Policy && d.Message == other.Message && d.Count == other.Count && d.Time.Equal(other.Time)
}

// entry is the line of a policy, with a line for each problem.
func (p Policies) entry(o v1alpha1.FlowExportPolicy) string {
	lines := []string{strings.Join(printable.Lines(p.cells(o)), "   ")}
	for _, problem := range policyProblems(o) {
		lines = append(lines, "  "+printable.Line(problem.Reason+": "+problem.Message))
	}
	return strings.Join(lines, "\n")
}
