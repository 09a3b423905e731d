package status

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/cmd/internal/printable"
)

// WriteTenant shows the FlowExports of a namespace: the verdict, the problems, the FlowExports, and their
// collectors.
func (v View) WriteTenant(w io.Writer, t Tenant) error {
	s := t.Summarize()
	title, color := "OK", green
	switch n := len(s.Problems); {
	case n > 0:
		title, color = plural(n, "problem", "problems"), red
	case s.FlowExports == 0:
		title, color = "There are no FlowExports", yellow
	case s.Exporting == 0:
		title, color = "Nothing is sent", yellow
	case len(s.Warnings) > 0:
		title, color = "OK with "+plural(len(s.Warnings), "warning", "warnings"), yellow
	}
	title += " in namespace " + t.Namespace
	first := v.paint(color, title)
	if where := Where(v.Context, v.Server); where != "" {
		first += " (" + cutTo(where, v.Width-len(title)-3) + ")"
	}
	text := fmt.Sprintf("%d of %s accepted, %d export.", s.Accepted, plural(s.FlowExports, "FlowExport is", "FlowExports are"), s.Exporting)
	if s.FlowExports == 0 {
		text = "This namespace exports nothing of its own; docs/tenants.md describes how to begin."
	}
	lines := append([]string{first, text}, v.problems(s.Problems, shownProblems)...)
	lines = append(lines, v.warnings(s.Warnings)...)
	lines = append(lines, v.flowExportTable(t)...)
	for i, line := range lines {
		lines[i] = cutTo(line, v.Width)
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

// warnings lists what may not concern these FlowExports.
func (v View) warnings(list []Problem) []string {
	lines := v.problems(list, shownProblems)
	if len(lines) > 1 {
		lines[1] = "Warnings:"
	}
	return lines
}

// flowExportTable has a line for each FlowExport, and one for each of its collectors.
func (v View) flowExportTable(t Tenant) []string {
	if len(t.Items) == 0 {
		return nil
	}
	var table [][]string
	if v.Headers {
		table = append(table, []string{"NAME", "ACCEPTED", "EXPORTING", "NODES", "RECORDS", "DROPPED", "LAST RECORD"})
	}
	items := slices.SortedFunc(slices.Values(t.Items), func(a, b v1alpha1.FlowExport) int { return cmp.Compare(a.Name, b.Name) })
	for _, o := range items {
		row := []string{o.Name, said(current(o, v1alpha1.ConditionAccepted)), said(current(o, v1alpha1.ConditionExporting)), "-", "-", "-", "-"}
		if st := o.Status; st != nil {
			row[3], row[4], row[5] = fmt.Sprintf("%d of %d", st.NodesSending, st.NodesWanted), fmt.Sprint(st.Records), fmt.Sprint(st.Dropped)
			if st.LastRecord != nil {
				row[6] = v.ago(st.LastRecord.Time)
			}
		}
		table = append(table, row)
	}
	lines := append([]string{""}, aligned(table)...)
	for _, o := range items {
		lines = append(lines, collectorsOf(o)...)
	}
	return lines
}

// said is a condition in one word.
func said(c *metav1.Condition) string {
	switch {
	case c == nil:
		return "?"
	case c.Status == metav1.ConditionTrue:
		return "yes"
	}
	return c.Reason
}

// collectorsOf says for each collector of a FlowExport on how many nodes it is in which state.
func collectorsOf(o v1alpha1.FlowExport) []string {
	if o.Status == nil || len(o.Status.Collectors) == 0 {
		return nil
	}
	lines := []string{"", "Collectors of " + printable.Line(o.Name) + ":"}
	for _, c := range o.Status.Collectors {
		line := fmt.Sprintf("%s  %d sending, %d idle, %d failing", c.Target, c.Sending, c.Idle, c.Failing)
		if c.Reason != "" {
			line += ": " + c.Reason
		}
		lines = append(lines, "  "+printable.Line(line))
	}
	return lines
}
