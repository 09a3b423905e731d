package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/output"
	"sluice/cmd/kubectl-sluice/internal/doctor"
)

func newDoctorCommand(open func() (*access, error), to screen, now func() time.Time) *cobra.Command {
	var format string
	command := &cobra.Command{
		Use:   "doctor",
		Short: "Check the installation",
		Long: `Check the installation: whether the version of Kubernetes is supported, whether the API server
serves Sluice's resources, calls the webhook
as the manifests of this version say, trusts it and reaches it, rejects a malformed list (a
server-side dry run; nothing is stored), whether the controller runs, whether the policies are
valid and each replica of the webhook has them in force, how many changes passed without a
review, and whether the agents are alive.

Exit status: 0 if all checks pass or only warn, 1 if one fails, 2 if a check could not be run.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if format != "text" && format != "json" {
				return fmt.Errorf("--output: %q is unknown; use text or json", format)
			}
			a, err := open()
			if err != nil {
				return err
			}
			return printFindings(to, format, doctor.Cluster{Reader: a.Reader, Now: now, Metrics: a.metrics, Version: a.version}.Check(command.Context()))
		},
	}
	command.Flags().StringVarP(&format, "output", "o", "text", "output format: text or json")
	return command
}

// doctorReport is what "doctor -o json" prints.
type doctorReport struct {
	output.Type

	Findings []doctor.Finding `json:"findings"`
}

func printFindings(to screen, format string, list []doctor.Finding) error {
	unknown, bad := 0, 0
	for _, f := range list {
		switch f.State {
		case doctor.Bad:
			bad++
		case doctor.Unknown:
			unknown++
		case doctor.OK, doctor.Warn:
		}
		if format == "json" {
			continue
		}
		fmt.Fprintf(to.out, "%-8s %s\n", f.State, f.What)
		if f.Why != "" {
			fmt.Fprintf(to.out, "         %s\n", f.Why)
		}
		if f.Do != "" {
			fmt.Fprintf(to.out, "         fix: %s\n", f.Do)
		}
	}
	if format == "json" {
		if err := output.JSON(to.out, doctorReport{output.Of("DoctorReport"), list}); err != nil {
			return err
		}
	}
	switch {
	case bad > 0:
		return exit.With(exit.Negative)
	case unknown > 0:
		return fmt.Errorf("%d of %d checks could not be run", unknown, len(list))
	}
	return nil
}
