package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sluice/api/v1alpha1"
	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/output"
	"sluice/cmd/internal/terminal"
	"sluice/cmd/kubectl-sluice/internal/status"
)

// statusFlags are the flags of "status".
type statusFlags struct {
	nodes         []string
	output, color string
	watch         bool
	noHeaders     bool
}

func newStatusCommand(open func() (*access, error), to screen, now func() time.Time) *cobra.Command {
	var f statusFlags
	command := &cobra.Command{
		Use:   "status",
		Short: "Show what every node exports, and problems",
		Long: `Show for all nodes: the desired collectors, whether Open vSwitch is configured with them,
whether records are sent to every collector as far as the node can see, and which problems
there are.

Exit status: 0 if every node is up to date and there are no problems, or if no agent has
reported, 1 if not, 2 if the cluster can't be read.`,
		Example: `  # All nodes, updated on every change
  kubectl sluice status -w

  # Every collector of one node
  kubectl sluice status --node worker-1 -o wide

  # For scripts
  kubectl sluice status -o json`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return f.run(command.Context(), open, to, now) },
	}
	flags := command.Flags()
	flags.StringArrayVar(&f.nodes, "node", nil, "limit to this node (repeatable)")
	flags.StringVarP(&f.output, "output", "o", "text", "output format: text, wide, json or yaml")
	flags.BoolVarP(&f.watch, "watch", "w", false, "update the output on every change, until interrupted")
	flags.BoolVar(&f.noHeaders, "no-headers", false, "don't print headers")
	flags.StringVar(&f.color, "color", "auto", "colorize output: auto, always or never")
	return command
}

func (f statusFlags) run(ctx context.Context, open func() (*access, error), to screen, now func() time.Time) error {
	color, err := terminal.Color(f.color, to.out, to.getenv)
	if err != nil {
		return err
	}
	structured := f.output == "json" || f.output == "yaml"
	switch {
	case f.output != "text" && f.output != "wide" && !structured:
		return fmt.Errorf("--output: %q is unknown; use text, wide, json or yaml", f.output)
	case f.watch && structured:
		return fmt.Errorf("--watch shows text; for %s watch the objects: kubectl get nodeflowexports -w -o %s", f.output, f.output)
	}
	a, err := open()
	if err != nil {
		return err
	}
	view := func() status.View {
		return status.View{Wide: f.output == "wide", Headers: !f.noHeaders, Color: color, Now: now()}
	}
	if f.watch {
		return f.follow(ctx, a, to, view)
	}
	c, err := a.cluster(ctx)
	if err != nil {
		return err
	}
	c = c.Only(f.nodes)
	if structured {
		err = writeStructured(to, f.output, c)
	} else {
		err = view().Write(to.out, c)
	}
	if err == nil && len(c.Summarize().Problems) > 0 {
		err = exit.With(exit.Negative)
	}
	return err
}

// follow redraws a terminal; elsewhere it appends the rows that changed.
func (f statusFlags) follow(ctx context.Context, a *access, to screen, view func() status.View) error {
	last := map[string]string{}
	first := true
	return a.follow(ctx, true, func(c status.Cluster) (bool, error) {
		c = c.Only(f.nodes)
		if to.isTerminal() {
			var b bytes.Buffer
			b.WriteString("\x1b[H\x1b[2J") // home, and clear
			if err := view().Write(&b, c); err != nil {
				return false, err
			}
			_, err := to.out.Write(b.Bytes())
			return false, err
		}
		if first {
			first = false
			for _, n := range c.Exports {
				last[n.Name] = rowKey(c, n)
			}
			return false, view().Write(to.out, c)
		}
		for _, n := range c.Exports {
			if key := rowKey(c, n); last[n.Name] != key {
				last[n.Name] = key
				if _, err := fmt.Fprintln(to.out, strings.ReplaceAll(view().Row(c, n), "\t", "   ")); err != nil {
					return false, err
				}
			}
		}
		return false, nil
	})
}

// rowKey tells one state of a node's row from another, whatever the time.
func rowKey(c status.Cluster, n v1alpha1.NodeFlowExport) string { return status.View{}.Row(c, n) }

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
