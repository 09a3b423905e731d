package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"sluice/cmd/kubectl-sluice/internal/status"
)

// verifyFlags are the flags of "verify".
type verifyFlags struct {
	nodes   []string
	timeout time.Duration
	output  string
}

func newVerifyCommand(open func() (*access, error), to screen, now func() time.Time) *cobra.Command {
	var f verifyFlags
	command := &cobra.Command{
		Use:   "verify",
		Short: "Verify that every node exports records",
		Long: `Verify that Open vSwitch on every node exports records. For a limited time, the agent on
each node adds a collector of its own, on the node itself, and counts the records of each
configured format. No additional traffic leaves the node.

This requires traffic to export. NetFlow reports a connection after it has been idle for
some seconds, or after its active timeout of 60 s, so allow more than a minute.

The command ends as soon as every node has received a record of every format.

Exit status: 0 if every node received records of every format, 1 if not, 2 if the cluster
can't be read.`,
		Example: `  kubectl sluice verify
  kubectl sluice verify --node worker-1 --timeout 2m -o json`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return f.run(command.Context(), open, to, now) },
	}
	flags := command.Flags()
	flags.StringArrayVar(&f.nodes, "node", nil, "limit to this node (repeatable)")
	flags.DurationVar(&f.timeout, "timeout", 90*time.Second, "how long to wait for records, at most 10m")
	flags.StringVarP(&f.output, "output", "o", "text", "output format: text or json")
	return command
}

func (f verifyFlags) run(ctx context.Context, open func() (*access, error), to screen, now func() time.Time) error {
	if f.timeout < time.Second || f.timeout > 10*time.Minute {
		return errors.New("--timeout must be from 1s to 10m")
	}
	if f.output != "text" && f.output != "json" {
		return fmt.Errorf("--output: %q is unknown; use text or json", f.output)
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
	names, err := reporting(c, f.nodes)
	if err != nil {
		return err
	}
	// The time counts from when the last agent has the request.
	request := now().Add(f.timeout + requesting(len(names))).UTC().Format(time.RFC3339)
	if err := a.request(ctx, names, request); err != nil {
		return errors.Join(err, a.request(context.WithoutCancel(ctx), names, ""))
	}
	progress := progress{to: to, quiet: f.output == "json", request: request, nodes: names}
	if !progress.quiet {
		fmt.Fprintf(to.out, "Waiting up to %s for each of %d nodes to send one record per format\n", f.timeout, len(names))
	}
	// The agents report once more a little after their time is up.
	waiting, stop := context.WithTimeout(ctx, f.timeout+requesting(len(names))+5*time.Second)
	defer stop()
	err = a.follow(waiting, false, func(c status.Cluster) (bool, error) {
		progress.update(c)
		return progress.done(), progress.show()
	})
	if clean := a.request(context.WithoutCancel(ctx), names, ""); err == nil {
		err = clean
	}
	if err != nil {
		return err
	}
	return progress.result()
}

// requesting is how long it takes at most to request so many verifications, at the rate of
// the client.
func requesting(nodes int) time.Duration {
	return time.Duration(nodes) * time.Second / queriesPerSecond
}

// request annotates the nodes' reports, some at a time.
func (a *access) request(ctx context.Context, nodes []string, request string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(10)
	for _, name := range nodes {
		group.Go(func() error { return a.annotate(ctx, name, request) })
	}
	return group.Wait()
}
