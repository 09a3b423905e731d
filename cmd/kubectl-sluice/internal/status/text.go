package status

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"sluice/api/v1alpha1"
	"sluice/validation"
)

// View says how to show a cluster.
type View struct {
	// Wide shows each collector, and more about each node.
	Wide bool
	// Headers shows the headings of the table.
	Headers bool
	// Color colors what is good and bad.
	Color bool
	Now   time.Time
}

// Write shows a cluster.
func (v View) Write(w io.Writer, c Cluster) error {
	var b bytes.Buffer
	v.head(&b, c)
	v.table(&b, c)
	v.problems(&b, c.Summarize().Problems)
	_, err := w.Write(b.Bytes())
	return err
}

// head says what is desired and how many nodes are up to date.
func (v View) head(b *bytes.Buffer, c Cluster) {
	if c.Generation > 0 {
		fmt.Fprintf(b, "Network.operator cluster, generation %d\n", c.Generation)
		for _, f := range validation.Formats() {
			list := "off"
			if collectors := c.Desired.Of(f); len(collectors) > 0 {
				list = strings.Join(validation.Texts(collectors), ", ")
			}
			fmt.Fprintf(b, "  %-8s %s%s\n", f, list, c.secondDoor(f))
		}
		b.WriteString("\n")
	}
	s := c.Summarize()
	// Without an agent there is no Applied to count: the agents are an optional part.
	if c.noAgents() {
		b.WriteString("No agent has reported. Lists are checked, but Sluice applies nothing.\n")
		return
	}
	fmt.Fprintf(b, "%d of %d nodes are up to date, %d export to all collectors.\n", s.Applied, s.Nodes, s.Exporting)
	if s.OutOfScope > 0 && !c.narrowed {
		fmt.Fprintf(b, "%d more have no agent by intention: the DaemonSet does not select them.\n", s.OutOfScope)
	}
}

// secondDoor says what the ConfigMap ovs-flows-config adds to a format: only to IPFIX.
func (c Cluster) secondDoor(f validation.Format) string {
	switch {
	case f != validation.IPFIX:
		return ""
	case c.FlowsConfigUnknown != "":
		return "; ConfigMap ovs-flows-config: unknown, can't be read: " + c.FlowsConfigUnknown
	case len(c.ConfigCollectors) > 0:
		return "; ConfigMap ovs-flows-config: " + strings.Join(c.ConfigCollectors, ", ")
	}
	return ""
}

func (v View) table(b *bytes.Buffer, c Cluster) {
	if c.noAgents() || len(c.Exports) == 0 && len(c.Nodes) == 0 {
		return
	}
	b.WriteString("\n")
	var plain bytes.Buffer
	t := tabwriter.NewWriter(&plain, 0, 0, 2, ' ', 0)
	if v.Headers {
		fmt.Fprint(t, "NODE\tMODE\tAPPLIED\tEXPORTING\tNETFLOW\tSFLOW\tIPFIX\tSINCE")
		if v.Wide {
			fmt.Fprint(t, "\tGENERATION\tPROFILE\tOVS\tDROPS")
		}
		fmt.Fprintln(t)
	}
	for _, n := range c.sorted() {
		fmt.Fprintln(t, v.Row(c, n))
	}
	for _, name := range c.silent() {
		fmt.Fprintln(t, strings.Join([]string{name, "-", "-", "-", "-", "-", "-", "-"}, "\t"))
	}
	_ = t.Flush() // to memory
	for line := range strings.Lines(plain.String()) {
		b.WriteString(v.paintRow(strings.TrimRight(line, " \n")) + "\n")
	}
	if v.Wide {
		v.collectors(b, c)
	}
}

// Row is a node's line of the table, its columns separated by tabs. What was reported by an
// agent that is down, or about another generation, is in parentheses: it is outdated.
func (v View) Row(c Cluster, n v1alpha1.NodeFlowExport) string {
	cells := v.row(n)
	if !c.alive(n.Name) || !c.upToDate(n) {
		for i := 2; i < len(cells); i++ {
			if cells[i] != "-" {
				cells[i] = "(" + cells[i] + ")"
			}
		}
	}
	return strings.Join(cells, "\t")
}

func (v View) row(n v1alpha1.NodeFlowExport) []string {
	summaries := map[v1alpha1.FlowFormat]string{}
	for _, f := range n.Status.Formats {
		summaries[f.Format] = f.Summary
	}
	cells := []string{n.Name, string(n.Status.Mode), statusOf(n, v1alpha1.ConditionApplied), statusOf(n, v1alpha1.ConditionExporting)}
	for _, f := range validation.Formats() {
		cells = append(cells, summaries[v1alpha1.FlowFormat(f.Name())])
	}
	cells = append(cells, v.since(conditionOf(n, v1alpha1.ConditionApplied)))
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

func (v View) since(c *metav1.Condition) string {
	if c == nil {
		return ""
	}
	return duration.HumanDuration(v.Now.Sub(c.LastTransitionTime.Time))
}

// collectors lists every collector of every node.
func (v View) collectors(b *bytes.Buffer, c Cluster) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "\nNODE\tFORMAT\tCOLLECTOR\tSTATE\tSINCE\tREASON\n")
	for _, n := range c.sorted() {
		for _, f := range n.Status.Formats {
			for _, s := range f.Collectors {
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", n.Name, f.Format, s.Target, s.State, duration.HumanDuration(v.Now.Sub(s.Since.Time)), s.Reason)
			}
		}
	}
	_ = t.Flush() // to memory
}

func (v View) problems(b *bytes.Buffer, list []Problem) {
	if len(list) == 0 {
		return
	}
	b.WriteString("\nProblems:\n")
	for _, p := range list {
		fmt.Fprintf(b, "  %s: %s: %s\n", p.Where(), v.paint(red, p.Reason), p.Message)
	}
}
