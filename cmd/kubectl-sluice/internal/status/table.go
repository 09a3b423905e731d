package status

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"sluice/api/v1alpha1"
	"sluice/cmd/internal/printable"
	"sluice/validation"
)

// table has a line for each node: first those with problems, then the first of the others.
func (v View) table(c Cluster, s Summary, most int) []string {
	if c.noAgents() || len(c.Exports) == 0 && len(c.Nodes) == 0 {
		return nil
	}
	all := c.ranked(s.Problems)
	if len(all) == 0 {
		return nil
	}
	const frame = 5 // an empty line, the headings, and the counts of what is left out
	shown, left := v.choose(all, max(0, most-frame))
	lines := []string{""}
	if len(shown) > 0 {
		lines = append(lines, v.rows(c, shown)...)
	}
	if v.Wide {
		lines = append(lines, v.collectors(c, shown)...)
	}
	for r, count := range left {
		if count > 0 {
			lines = append(lines, v.rest(rank(r), count, len(shown) > 0))
		}
	}
	return lines
}

// choose says which nodes are shown, and counts the others by rank.
func (v View) choose(all []ranked, most int) (shown []ranked, left [3]int) {
	limits := [3]int{shownNodes, shownOK, shownOK}
	if v.All {
		limits = [3]int{unbounded, unbounded, unbounded}
	}
	if v.OnlyProblems {
		limits = [3]int{unbounded, 0, 0}
	}
	var count [3]int
	for _, r := range all {
		if count[r.rank] >= limits[r.rank] || len(shown) >= most {
			left[r.rank]++
			continue
		}
		count[r.rank]++
		shown = append(shown, r)
	}
	return shown, left
}

// rest counts the nodes that are not shown.
func (v View) rest(r rank, count int, some bool) string {
	and := ""
	if some {
		and = "and "
	}
	how := "; -A shows them"
	if v.All || v.OnlyProblems || v.Watched && v.Height > 0 {
		how = ""
	}
	switch r {
	case rankProblem:
		return and + plural(count, "more node with problems", "more nodes with problems") + how
	case rankUnsure:
		return and + plural(count, "node", "nodes") + " of which it is unknown whether they are OK" + how
	case rankOK:
	}
	return and + plural(count, "node", "nodes") + " OK" + how
}

// rows are the lines of some nodes, with a heading.
func (v View) rows(c Cluster, shown []ranked) []string {
	reports := map[string]v1alpha1.NodeFlowExport{}
	for _, n := range c.Exports {
		reports[n.Name] = n
	}
	var table [][]string
	if v.Headers {
		table = append(table, v.headings())
	}
	for _, r := range shown {
		if n, ok := reports[r.name]; ok {
			table = append(table, v.cells(c, n))
			continue
		}
		cells := slices.Repeat([]string{"-"}, len(v.headings()))
		cells[0] = r.name
		table = append(table, cells)
	}
	lines := aligned(table)
	if v.Width > 0 && widest(lines) > v.Width && !v.Wide {
		lines = aligned(withoutColumn(table, 1))
	}
	for i, line := range lines {
		lines[i] = v.paintRow(cutTo(line, v.Width))
	}
	return lines
}

func (v View) headings() []string {
	list := []string{"NODE", "MODE", "APPLIED", "EXPORTING", "NETFLOW", "SFLOW", "IPFIX", "CHANGED"}
	if v.Wide {
		list = append(list, "GENERATION", "PROFILE", "OVS", "DROPS")
	}
	return list
}

// Row is a node's line of the table, its columns separated by tabs.
func (v View) Row(c Cluster, n v1alpha1.NodeFlowExport) string {
	return strings.Join(printable.Lines(v.cells(c, n)), "\t")
}

// cells are the columns of a node. What was reported by an agent that is down, on a node that is not
// ready, or about another generation, is in parentheses: it is outdated.
func (v View) cells(c Cluster, n v1alpha1.NodeFlowExport) []string {
	cells := v.row(c, n)
	if !c.alive(n.Name) || !c.upToDate(n) || slices.Contains(c.NotReady, n.Name) {
		for i := 2; i < len(cells); i++ {
			if cells[i] != "-" {
				cells[i] = "(" + cells[i] + ")"
			}
		}
	}
	return cells
}

func (v View) row(c Cluster, n v1alpha1.NodeFlowExport) []string {
	summaries := map[v1alpha1.FlowFormat]string{}
	for _, f := range n.Status.Formats {
		summaries[f.Format] = f.Summary
	}
	cells := []string{n.Name, string(n.Status.Mode), statusOf(n, v1alpha1.ConditionApplied), exportingOf(n)}
	for _, f := range validation.Formats() {
		cells = append(cells, summaries[v1alpha1.FlowFormat(f.Name())])
	}
	cells = append(cells, v.age(c.changed(n)))
	if v.Wide {
		drops := "-"
		if d := n.Status.Drops; d != nil {
			drops = string(d.State)
		}
		cells = append(cells, fmt.Sprint(n.Status.ObservedGeneration), n.Status.Profile, n.Status.OVSVersion, drops)
	}
	for i := range cells {
		if cells[i] == "" {
			cells[i] = "-"
		}
	}
	return cells
}

func statusOf(n v1alpha1.NodeFlowExport, kind string) string {
	c := conditionOf(n, kind)
	if c == nil {
		return ""
	}
	return string(c.Status)
}

// exportingOf is the condition Exporting in a word. A node on which nothing is to be exported does not
// fail to export.
func exportingOf(n v1alpha1.NodeFlowExport) string {
	if c := conditionOf(n, v1alpha1.ConditionExporting); c != nil && c.Reason == v1alpha1.ReasonOff {
		return "off"
	}
	return statusOf(n, v1alpha1.ConditionExporting)
}

// collectors lists every collector of some nodes.
func (v View) collectors(c Cluster, shown []ranked) []string {
	names := map[string]bool{}
	for _, r := range shown {
		names[r.name] = true
	}
	table := [][]string{{"NODE", "FORMAT", "COLLECTOR", "STATE", "SINCE", "REASON"}}
	for _, n := range c.sorted() {
		if !names[n.Name] {
			continue
		}
		for _, f := range n.Status.Formats {
			for _, s := range f.Collectors {
				target := s.Target
				if !desires(f, target) {
					target += " (not configured)"
				}
				table = append(table, []string{n.Name, string(f.Format), target, string(s.State), v.age(c.ServerTime(n.Name, s.Since.Time)), s.Reason})
			}
		}
	}
	lines := []string{""}
	for _, line := range aligned(table) {
		lines = append(lines, cutTo(line, v.Width))
	}
	return lines
}

// aligned are lines of equal columns.
func aligned(table [][]string) []string {
	var plain bytes.Buffer
	t := tabwriter.NewWriter(&plain, 0, 0, 2, ' ', 0)
	for _, cells := range table {
		fmt.Fprintln(t, strings.Join(printable.Lines(cells), "\t"))
	}
	_ = t.Flush() // to memory
	var lines []string
	for line := range strings.Lines(plain.String()) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	return lines
}

func widest(lines []string) int {
	most := 0
	for _, line := range lines {
		most = max(most, len([]rune(line)))
	}
	return most
}

func withoutColumn(table [][]string, column int) [][]string {
	narrow := make([][]string, len(table))
	for i, cells := range table {
		narrow[i] = slices.Delete(slices.Clone(cells), column, column+1)
	}
	return narrow
}
