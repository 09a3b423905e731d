package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sluice/cmd/kubectl-sluice/internal/status"
)

// verifyFlags are the flags of "verify".
type verifyFlags struct {
	nodes   []string
	timeout time.Duration
	// chosen says that the user chose the timeout.
	chosen bool
	output string
}

func newVerifyCommand(open func() (*access, error), to screen) *cobra.Command {
	var f verifyFlags
	command := &cobra.Command{
		Use:   "verify [FLOWEXPORT...]",
		Short: "Verify that every node exports records",
		Long: `Verify that Open vSwitch on every node exports records. For a limited time, the agent on
each node adds a collector of its own, on the node itself, and counts what ovs-vswitchd
sends to it in each configured format. Datagrams of other programs don't count. No
additional traffic leaves the node.

When the collector is added and when it is removed, Open vSwitch opens the sockets of the
formats again, to your collectors as well. These see new source ports, and sequence numbers
of sFlow that start at 1 again. Open vSwitch can't add a target in another way. The nodes
are started one after the other, about 20 in a second. Two commands at a time share a
verification.

Records require traffic. NetFlow reports a connection after it has been idle for some
seconds, or after its active timeout of 60 s, so allow more than a minute. Without sampled
packets, sFlow still sends counters and IPFIX still sends templates. They prove that
datagrams leave, so the command reports "ok" for them after the timeout.

Nodes on which nothing is to be exported are skipped, and so are nodes without a problem of
which the agent only observes, by its FlowExportProfile or its flag: their export goes on, and
the agent may not add a collector. Nodes that are not ready, nodes whose agent is down, and
nodes that the DaemonSet no longer selects are not waited for.

The command ends as soon as every node has sent a record of every format. It requires the
permissions of the ClusterRole sluice-verify.

With --namespace, it verifies the FlowExports of a namespace instead, with no more than the
right to read them: it waits until their status counts new records. Nodes report once a
minute, so it waits up to 5 minutes. It changes nothing, and sees no collector: UDP has no
acknowledgments, so records that were sent may not have arrived.

Exit status: 0 if every node that is not skipped sent datagrams of every format, or records of
every FlowExport with pods were sent; 1 if not, or if all nodes are skipped and an agent of
them observes; 2 if the cluster can't be read.`,
		Example: `  kubectl sluice verify
  kubectl sluice verify --node worker-1 --timeout 2m -o json
  kubectl sluice verify -n team-a`,
		RunE: func(command *cobra.Command, args []string) error {
			f.chosen = command.Flags().Changed("timeout")
			return f.run(command.Context(), open, to, args)
		},
	}
	flags := command.Flags()
	flags.StringArrayVar(&f.nodes, "node", nil, "limit to this node (repeatable)")
	flags.DurationVar(&f.timeout, "timeout", 90*time.Second, "how long to wait for records, at most 10m; with --namespace, 3m if not set")
	flags.StringVarP(&f.output, "output", "o", "text", "output format: text or json")
	return command
}

func (f verifyFlags) run(ctx context.Context, open func() (*access, error), to screen, names []string) error {
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
	if a.namespace != "" {
		if !f.chosen {
			f.timeout = tenantTimeout
		}
		return f.ofTenant(ctx, a, to, names)
	}
	if len(names) > 0 {
		return fmt.Errorf("%s: only FlowExports can be named, together with --namespace; for nodes use --node", strings.Join(names, ", "))
	}
	c, err := a.cluster(ctx)
	if err != nil {
		return err
	}
	c = c.Only(f.nodes)
	reports, err := reporting(c, f.nodes)
	if err != nil {
		return err
	}
	progress := newProgress(to, f.output == "json", c, reports)
	asked := progress.asked()
	if !progress.quiet && len(asked) > 0 {
		fmt.Fprintf(to.out, "Waiting up to %s for each of %d nodes to send one record per format\n", f.timeout, len(asked))
	}
	if err := f.verify(ctx, a, &progress, asked, c.NodeTime); err != nil {
		return err
	}
	return progress.result()
}

// verify asks the nodes, shows what they report, and withdraws the requests.
func (f verifyFlags) verify(ctx context.Context, a *access, progress *progress, asked []string, nodeTime func(node string, at time.Time) time.Time) error {
	if len(asked) == 0 {
		return nil
	}
	// The agents report once more a little after their time is up.
	ctx, stop := context.WithTimeout(ctx, f.timeout+starting(len(asked))+5*time.Second)
	defer stop()
	requests := newRequests(a, f.timeout, nodeTime)
	sent := make(chan error, 1)
	go func() {
		err := requests.send(ctx, asked)
		if err != nil {
			stop() // there is nothing to wait for
		}
		sent <- err
	}()
	err := a.follow(ctx, false, func(c status.Cluster) (bool, error) {
		progress.update(c, requests.of)
		requests.withdraw(ctx, progress.complete())
		return progress.done(), progress.show()
	})
	stop()
	if failed := <-sent; failed != nil && !errors.Is(failed, context.Canceled) && !errors.Is(failed, context.DeadlineExceeded) {
		err = failed // the failure to watch follows from it
	}
	if clean := requests.withdrawAll(context.WithoutCancel(ctx)); err == nil {
		err = clean
	}
	return err
}
