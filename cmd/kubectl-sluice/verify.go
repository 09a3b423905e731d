package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"sluice/cmd/internal/exit"
	"sluice/cmd/kubectl-sluice/internal/status"
)

// verifyFlags are the flags of "verify".
type verifyFlags struct {
	nodes   []string
	timeout time.Duration
}

func newVerifyCommand(open func() (*access, error), to screen, now func() time.Time) *cobra.Command {
	var f verifyFlags
	command := &cobra.Command{
		Use:   "verify",
		Short: "Prove that records leave Open vSwitch on every node",
		Long: `Prove that records leave Open vSwitch on every node: the agent on each node adds a
collector of its own beside the others, on the node itself, and counts the records of each
format that is exported. Nothing more leaves the node for it.

There must be traffic. NetFlow reports a connection when it has been idle for some seconds,
or else after its active timeout, which is 60 s; so allow more than a minute.

It ends as soon as every node got a record of every format. Exit status: 0 if so, 1 if not,
2 if the cluster can't be asked.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return f.run(command.Context(), open, to, now) },
	}
	flags := command.Flags()
	flags.StringArrayVar(&f.nodes, "node", nil, "only this node (repeatable)")
	flags.DurationVar(&f.timeout, "timeout", 90*time.Second, "how long to wait, at most 10m")
	return command
}

func (f verifyFlags) run(ctx context.Context, open func() (*access, error), to screen, now func() time.Time) error {
	if f.timeout < time.Second || f.timeout > 10*time.Minute {
		return errors.New("--timeout must be from 1s to 10m")
	}
	a, err := open()
	if err != nil {
		return err
	}
	c, err := a.cluster(ctx)
	if err != nil {
		return err
	}
	c = c.Only(f.nodes)
	names, err := verifiable(c, f.nodes)
	if err != nil {
		return err
	}
	// The agents' clocks start when the last one is asked.
	request := now().Add(f.timeout + asking(len(names))).UTC().Format(time.RFC3339)
	if err := a.ask(ctx, names, request); err != nil {
		return errors.Join(err, a.ask(context.WithoutCancel(ctx), names, ""))
	}
	fmt.Fprintf(to.out, "Waiting up to %s for a record of every format from %d nodes.\n", f.timeout, len(names))
	// The agents' last words come a little after their time is up.
	waiting, stop := context.WithTimeout(ctx, f.timeout+asking(len(names))+5*time.Second)
	defer stop()
	progress := progress{to: to, request: request, nodes: names}
	err = a.follow(waiting, false, func(c status.Cluster) (bool, error) {
		progress.update(c)
		return progress.done(), progress.print()
	})
	if clean := a.ask(context.WithoutCancel(ctx), names, ""); err == nil {
		err = clean
	}
	if err != nil {
		return err
	}
	return progress.result()
}

// verifiable are the nodes to ask; all that report, or those that were named.
func verifiable(c status.Cluster, named []string) ([]string, error) {
	reporting := map[string]bool{}
	var names []string
	for _, n := range c.Exports {
		reporting[n.Name] = true
		names = append(names, n.Name)
	}
	for _, name := range named {
		if !reporting[name] {
			return nil, fmt.Errorf("the node %s has no NodeFlowExport; is the agent running there?", name)
		}
	}
	if len(names) == 0 {
		return nil, errors.New("no node has a NodeFlowExport; are the agents running?")
	}
	return names, nil
}

// asking is how long it takes at most to ask so many nodes, at the rate of the client.
func asking(nodes int) time.Duration {
	return time.Duration(nodes) * time.Second / queriesPerSecond
}

// ask annotates the nodes, some at a time.
func (a *access) ask(ctx context.Context, nodes []string, request string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(10)
	for _, name := range nodes {
		group.Go(func() error { return a.annotate(ctx, name, request) })
	}
	return group.Wait()
}

// progress is how far the verification is.
type progress struct {
	to      screen
	request string
	nodes   []string
	counts  []count
	shown   string
}

// count is what one node says of one format.
type count struct {
	node, format       string
	datagrams, records int64
	answer             string
	ok                 bool
}

// update takes in the reports.
func (p *progress) update(c status.Cluster) {
	p.counts = nil
	for _, name := range p.nodes {
		p.counts = append(p.counts, countsOf(c, name, p.request)...)
	}
}

func countsOf(c status.Cluster, name, request string) []count {
	for _, n := range c.Exports {
		v := n.Status.Verification
		if n.Name != name || v == nil || v.Request != request {
			continue
		}
		if v.Phase == "Refused" {
			return []count{{node: name, format: "-", answer: "refused: " + v.Message}}
		}
		var list []count
		for _, f := range v.Formats {
			item := count{node: name, format: f.Format, datagrams: f.Datagrams, records: f.Records, answer: "no records"}
			switch {
			case f.Records > 0:
				item.answer, item.ok = "ok", true
			case f.Undecoded > 0:
				// Open vSwitch before 3.2 sends templates every 10 minutes only, not to a
				// collector that is added in between. That records leave is proved all the
				// same.
				item.answer, item.ok = fmt.Sprintf("ok: %d sets of records, whose template is sent later", f.Undecoded), true
			}
			list = append(list, item)
		}
		return list
	}
	return []count{{node: name, format: "-", answer: "no answer from the agent"}}
}

// done reports whether nothing is to be expected any more.
func (p *progress) done() bool {
	for _, c := range p.counts {
		if !c.ok && !strings.HasPrefix(c.answer, "refused") {
			return false
		}
	}
	return true
}

// print says how far it is: on one line that is painted again and again, or on one line for
// each change.
func (p *progress) print() error {
	got := 0
	var missing []string
	for _, c := range p.counts {
		if c.ok {
			got++
			continue
		}
		missing = append(missing, strings.TrimSuffix(c.node+" "+c.format, " -"))
	}
	line := fmt.Sprintf("  %d of %d have records", got, len(p.counts))
	if len(missing) > 0 {
		line += "; waiting for " + strings.Join(missing[:min(3, len(missing))], ", ")
		if len(missing) > 3 {
			line += fmt.Sprintf(" and %d more", len(missing)-3)
		}
	}
	if line == p.shown {
		return nil
	}
	p.shown = line
	if p.to.isTerminal() {
		line = "\r\x1b[K" + line // over the last line
	} else {
		line += "\n"
	}
	_, err := fmt.Fprint(p.to.out, line)
	return err
}

// result prints the counts, and fails if some are missing.
func (p *progress) result() error {
	if p.to.isTerminal() {
		fmt.Fprintln(p.to.out)
	}
	fmt.Fprintln(p.to.out)
	t := tabwriter.NewWriter(p.to.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NODE\tFORMAT\tDATAGRAMS\tRECORDS\tRESULT")
	well := len(p.counts) > 0
	for _, c := range p.counts {
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%s\n", c.node, c.format, c.datagrams, c.records, c.answer)
		well = well && c.ok
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	if !well {
		fmt.Fprintln(p.to.out, "\nNo records of a format means that no traffic was sampled in this time, or that Open vSwitch\ndoes not export: see \"kubectl sluice status -o wide\".")
		return exit.With(exit.Negative)
	}
	return nil
}
