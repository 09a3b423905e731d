package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/labels"

	"sluice/api/v1alpha1"
	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/output"
	"sluice/cmd/internal/terminal"
	"sluice/cmd/kubectl-sluice/internal/status"
)

// statusFlags are the flags of "status".
type statusFlags struct {
	nodes            []string
	selector, by     string
	output, color    string
	all, problems    bool
	watch, noHeaders bool
}

func newStatusCommand(open func() (*access, error), to screen) *cobra.Command {
	var f statusFlags
	command := &cobra.Command{
		Use:   "status [NODE]...",
		Short: "Show what every node exports, and problems",
		Long: `Show a verdict, the problems, the desired collectors, and for the nodes whether Open vSwitch is
configured with them and whether records are sent to every collector as far as the node can
see. Nodes with problems come first. Of many nodes that are OK, the first 20 are shown.

The column CHANGED says how long ago something in the node's report changed. What is in
parentheses is outdated: the agent is down, the node is not ready, or the report is about
earlier lists.

With --namespace, show the FlowExports of that namespace instead; the arguments are then their
names. The role "view" in the namespace suffices.

Exit status: 0 if every node is up to date and there are no problems, or if no agent has
reported, 1 if not, 2 if the cluster can't be read.`,
		Example: `  # Verdict, problems and nodes, updated on every change
  kubectl sluice status -w

  # Does each collector get records?
  kubectl sluice status --by collector

  # Every collector of one node
  kubectl sluice status worker-1 -o wide

  # All workers
  kubectl sluice status -A -l node-role.kubernetes.io/worker

  # The FlowExports of a tenant
  kubectl sluice status -n team-a

  # For scripts
  kubectl sluice status -o json`,
		ValidArgsFunction: completeNodes(open),
		RunE: func(command *cobra.Command, args []string) error {
			f.nodes = append(f.nodes, args...)
			return f.run(command.Context(), open, to)
		},
	}
	flags := command.Flags()
	flags.StringArrayVar(&f.nodes, "node", nil, "limit to this node (repeatable); the same as the argument")
	flags.StringVarP(&f.selector, "selector", "l", "", "limit to the nodes with these labels")
	flags.BoolVarP(&f.all, "all", "A", false, "show all nodes and all problems")
	flags.BoolVar(&f.problems, "problems", false, "of the nodes, show only those with problems")
	flags.StringVar(&f.by, "by", "node", "what a line is about: node or collector")
	flags.StringVarP(&f.output, "output", "o", "text", "output format: text, wide, json or yaml")
	flags.BoolVarP(&f.watch, "watch", "w", false, "update the output on every change, until interrupted")
	flags.BoolVar(&f.noHeaders, "no-headers", false, "don't print headers")
	flags.StringVar(&f.color, "color", "auto", "colorize output: auto, always or never")
	return command
}

// check checks the flags.
func (f statusFlags) check() error {
	structured := f.output == "json" || f.output == "yaml"
	switch {
	case f.output != "text" && f.output != "wide" && !structured:
		return fmt.Errorf("--output: %q is unknown; use text, wide, json or yaml", f.output)
	case f.by != "node" && f.by != "collector":
		return fmt.Errorf("--by: %q is unknown; use node or collector", f.by)
	case f.by == "collector" && (f.output != "text" || f.problems):
		return fmt.Errorf("--by collector is for text without --problems; -o wide and -o json list the collectors of each node")
	case f.watch && structured:
		return fmt.Errorf("--watch shows text; for %s watch the objects: kubectl get nodeflowexports -w -o %s", f.output, f.output)
	}
	return nil
}

func (f statusFlags) run(ctx context.Context, open func() (*access, error), to screen) error {
	color, err := terminal.Color(f.color, to.out, to.getenv)
	if err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	a, err := open()
	if err != nil {
		return err
	}
	if a.namespace != "" {
		return f.ofTenant(ctx, a, to, color)
	}
	view := func() status.View {
		width, _ := to.size()
		return status.View{
			Context: a.context, Server: a.server, Wide: f.output == "wide", Headers: !f.noHeaders, Color: color,
			All: f.all || len(f.nodes) > 0, OnlyProblems: f.problems, ByCollector: f.by == "collector", Width: width, Now: a.now(),
		}
	}
	if f.watch {
		return f.follow(ctx, a, to, view)
	}
	c, err := a.cluster(ctx)
	if err != nil {
		return err
	}
	if c, err = f.narrow(c); err != nil {
		return err
	}
	if f.output == "json" || f.output == "yaml" {
		err = writeStructured(to, f.output, c)
	} else {
		err = view().Write(to.out, c)
	}
	if err == nil && len(c.Summarize().Problems) > 0 {
		err = exit.With(exit.Negative)
	}
	return err
}

// narrow limits a cluster to the nodes that are asked for.
func (f statusFlags) narrow(c status.Cluster) (status.Cluster, error) {
	if f.selector == "" {
		return c.Only(f.nodes), nil
	}
	selector, err := labels.Parse(f.selector)
	switch {
	case err != nil:
		return c, fmt.Errorf("--selector: %w", err)
	case c.NodesUnknown != "":
		return c, fmt.Errorf("--selector: the labels of the Nodes can't be read: %s", c.NodesUnknown)
	}
	names := c.Matching(selector)
	if len(f.nodes) > 0 {
		names = slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(f.nodes, name) })
	}
	if len(names) == 0 {
		return c, fmt.Errorf("--selector: no node with an agent has these labels: %s; \"kubectl get nodes --show-labels\" lists them", selector)
	}
	return c.Only(names), nil
}

// statusReport is what "status -o json" and "status -o yaml" print.
type statusReport struct {
	output.Type

	Summary status.Summary            `json:"summary"`
	Items   []v1alpha1.NodeFlowExport `json:"items"`
}

func writeStructured(to screen, format string, c status.Cluster) error {
	items := c.Exports
	if items == nil {
		items = []v1alpha1.NodeFlowExport{}
	}
	report := statusReport{output.Of("StatusReport"), c.Summarize(), items}
	if format == "json" {
		return output.JSON(to.out, report)
	}
	return output.YAML(to.out, report)
}
