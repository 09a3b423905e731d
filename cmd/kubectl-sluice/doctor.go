package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/output"
	"sluice/cmd/internal/terminal"
	"sluice/cmd/kubectl-sluice/internal/doctor"
	"sluice/cmd/kubectl-sluice/internal/status"
)

// doctorFlags are the flags of "doctor".
type doctorFlags struct {
	output  string
	color   string
	wait    bool
	timeout time.Duration
}

// doctorPause is how long to wait before the checks run again.
const doctorPause = 5 * time.Second

func newDoctorCommand(open func() (*access, error), to screen) *cobra.Command {
	var f doctorFlags
	command := &cobra.Command{
		Use:   "doctor",
		Short: "Check the installation",
		Long: `Check the installation: Kubernetes, the network plugin, the CRDs, the versions of the programs,
the pods and Deployments, the registration, path, certificates and replicas of the webhook,
whether a malformed list is rejected (a server-side dry run; nothing is stored) and whether one
is stored, the controller, the admission policies, the policies and where they are in force,
changes that passed without a review, the agents, their reports, the FlowExports of tenants, and
the alerts.

Each check has an ID that never changes; see -o json.

With --wait, the checks are repeated until all pass or only warn, or the time is up. What is
missing is on standard error whenever that changes.

Exit status: 0 if all checks pass or only warn, 1 if one fails, 2 if a check could not be run.
With --wait, that is the result of the last time.`,
		Example: `  kubectl sluice doctor

  # After an installation
  kubectl sluice doctor --wait --timeout 5m`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return f.run(command.Context(), open, to, command.ErrOrStderr())
		},
	}
	flags := command.Flags()
	flags.StringVarP(&f.output, "output", "o", "text", "output format: text or json")
	flags.StringVar(&f.color, "color", "auto", "colorize output: auto, always or never")
	flags.BoolVar(&f.wait, "wait", false, "wait until all checks pass or only warn")
	flags.DurationVar(&f.timeout, "timeout", 5*time.Minute, "how long to wait with --wait")
	return command
}

func (f doctorFlags) run(ctx context.Context, open func() (*access, error), to screen, stderr io.Writer) error {
	if f.output != "text" && f.output != "json" {
		return fmt.Errorf("--output: %q is unknown; use text or json", f.output)
	}
	color, err := terminal.Color(f.color, to.out, to.getenv)
	if err != nil {
		return err
	}
	if f.timeout <= 0 {
		return fmt.Errorf("--timeout: %s is not valid; use more than 0, such as 5m", f.timeout)
	}
	a, err := open()
	if err != nil {
		return err
	}
	if _, err := a.version(); err != nil && unreachable(err) && !f.wait {
		return fmt.Errorf("no check can be run: %w", err) // all would give the same reason
	}
	list := a.check(ctx)
	if f.wait {
		waiting, stop := context.WithTimeout(ctx, f.timeout)
		defer stop()
		said := ""
		for s := summarize(list); s.Bad+s.Unknown > 0; s = summarize(list) {
			if text := missingChecks(list); text != said {
				said = text
				fmt.Fprintln(stderr, "Waiting for "+text)
			}
			if !pause(waiting, doctorPause) {
				fmt.Fprintf(stderr, "Not all checks pass after %s.\n", f.timeout)
				break
			}
			list = a.check(ctx)
		}
	}
	return f.print(to, color, a, list)
}

// missingChecks names the checks that failed or could not be run.
func missingChecks(list []doctor.Finding) string {
	var names []string
	for _, f := range list {
		if f.State == doctor.Bad || f.State == doctor.Unknown {
			names = append(names, f.ID)
		}
	}
	return strings.Join(names, ", ")
}

// pause waits; false if the time is up before.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// check runs the checks.
func (a *access) check(ctx context.Context) []doctor.Finding {
	return doctor.Cluster{Reader: a.Reader, Now: a.now, Metrics: a.metrics, Version: a.version, Status: a.cluster, Plugin: version}.Check(ctx)
}

// doctorSummary counts findings.
type doctorSummary struct {
	OK      int `json:"ok"`
	Warn    int `json:"warn"`
	Bad     int `json:"bad"`
	Unknown int `json:"unknown"`
}

func summarize(list []doctor.Finding) doctorSummary {
	var s doctorSummary
	for _, f := range list {
		switch f.State {
		case doctor.OK:
			s.OK++
		case doctor.Warn:
			s.Warn++
		case doctor.Bad:
			s.Bad++
		case doctor.Unknown:
			s.Unknown++
		}
	}
	return s
}

// text says it in a line, without what there is none of.
func (s doctorSummary) text() string {
	parts := []string{fmt.Sprintf("%d checks passed", s.OK)}
	for _, p := range []struct {
		n    int
		what string
	}{{s.Bad, "failed"}, {s.Warn, "warned"}, {s.Unknown, "could not be run"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return strings.Join(parts, ", ")
}

// doctorReport is what "doctor -o json" prints.
type doctorReport struct {
	output.Type

	Summary  doctorSummary    `json:"summary"`
	Findings []doctor.Finding `json:"findings"`
}

// painted is a state in its column, and if wanted in its color.
func painted(s doctor.State, color bool) string {
	cell := fmt.Sprintf("%-8s", s)
	if !color {
		return cell
	}
	codes := map[doctor.State]string{doctor.OK: "32", doctor.Bad: "31", doctor.Warn: "33", doctor.Unknown: "33"}
	return "\x1b[" + codes[s] + "m" + cell + "\x1b[0m"
}

func (f doctorFlags) print(to screen, color bool, a *access, list []doctor.Finding) error {
	s := summarize(list)
	if f.output == "json" {
		if err := output.JSON(to.out, doctorReport{output.Of("DoctorReport"), s, list}); err != nil {
			return err
		}
	} else {
		width, _ := to.size()
		writeFindings(to.out, width, color, status.Where(a.context, a.server), list)
	}
	switch {
	case s.Bad > 0:
		return exit.With(exit.Negative)
	case s.Unknown > 0:
		return fmt.Errorf("%d of %d checks could not be run", s.Unknown, len(list))
	}
	return nil
}
