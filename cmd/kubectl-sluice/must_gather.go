package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"sluice/cmd/internal/exit"
	"sluice/cmd/kubectl-sluice/internal/gather"
)

// gatherFlags are the flags of "must-gather".
type gatherFlags struct {
	file    string
	nodes   int
	timeout time.Duration
}

func newGatherCommand(open func() (*access, error), to screen, now func() time.Time) *cobra.Command {
	var f gatherFlags
	command := &cobra.Command{
		Use:   "must-gather",
		Short: "Write an archive for support",
		Long: `Write an archive (tar.gz) with all that a report of a problem needs: what status, plan and doctor
print, the lists, policies, profiles and reports, the rows of Open vSwitch that the nodes
reported, the webhook configurations, admission policies, workloads, pods, Leases, Events and
logs of Sluice. Nothing is changed in the cluster; doctor sends its dry run.

Secrets are never read. Removed are the secret paths of the webhook, the values of environment
variables, annotations of programs other than Sluice, Kubernetes, OpenShift, cert-manager and
Prometheus, and the fields of managers. Names of users, nodes and collectors stay: look at the
archive before you pass it on.

The archive is bounded: 256 MiB before compression, the last 2,000 lines of each log, and the
logs of the agents of some nodes, those with problems first. What could not be read is listed
in missing.txt and on standard error. Of an object that does not exist, its file says so.

Exit status: 0 if everything is in the archive, 1 if something is missing, 2 if there is no
archive.`,
		Example: `  kubectl sluice must-gather
  kubectl sluice must-gather --file /tmp/sluice.tar.gz --agent-logs 50`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return f.run(command.Context(), open, to, command.ErrOrStderr(), now)
		},
	}
	flags := command.Flags()
	flags.StringVar(&f.file, "file", "", "file to write (default sluice-must-gather-TIME.tar.gz)")
	flags.IntVar(&f.nodes, "agent-logs", 20, "from how many nodes to read the log of the agent")
	flags.DurationVar(&f.timeout, "timeout", 5*time.Minute, "how long to read at most")
	return command
}

func (f gatherFlags) run(ctx context.Context, open func() (*access, error), to screen, stderr io.Writer, now func() time.Time) error {
	if f.nodes < 0 || f.timeout <= 0 {
		return errors.New("--agent-logs must not be negative, and --timeout must be more than 0")
	}
	a, err := open()
	if err != nil {
		return err
	}
	folder := "sluice-must-gather-" + now().UTC().Format("20060102T150405Z")
	if f.file == "" {
		f.file = folder + ".tar.gz"
	}
	ctx, stop := context.WithTimeout(ctx, f.timeout)
	defer stop()
	missed, err := writeFile(f.file, func(w io.Writer) ([]string, error) {
		g := gathering{access: a, archive: gather.New(w, folder, now()), now: now, nodes: f.nodes}
		if err := g.everything(ctx); err != nil {
			return nil, err
		}
		return g.archive.Missed(), g.archive.Close()
	})
	if err != nil {
		return err
	}
	for _, m := range missed {
		fmt.Fprintln(stderr, "missing: "+m)
	}
	fmt.Fprintf(to.out, "Wrote %s. It has names of users, nodes and collectors; look at it before you pass it on.\n", f.file)
	if len(missed) > 0 {
		are := "1 part is missing; missing.txt in the archive names it."
		if n := len(missed); n > 1 {
			are = fmt.Sprintf("%d parts are missing; missing.txt in the archive lists them.", n)
		}
		fmt.Fprintln(to.out, are)
		return exit.With(exit.Negative)
	}
	return nil
}

// writeFile writes a file that only the user can read. It has its name when it is complete.
func writeFile(name string, write func(io.Writer) ([]string, error)) ([]string, error) {
	file, err := os.CreateTemp(filepath.Dir(name), ".sluice-must-gather-*")
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	missed, err := write(file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", name, errors.Join(err, os.Remove(file.Name())))
	}
	return missed, nil
}
