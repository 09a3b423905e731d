package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"sluice/cmd/internal/exit"
	"sluice/cmd/kubectl-sluice/internal/doctor"
)

func newDoctorCommand(open func() (*access, error), to screen, now func() time.Time) *cobra.Command {
	var output string
	command := &cobra.Command{
		Use:   "doctor",
		Short: "Examine the installation: registered, trusted, reachable, and refusing what is bad",
		Long: `Examine the installation: whether the API server serves Sluice's objects, asks its webhook as
the manifests of this version say, trusts it and reaches it, and refuses a list that is known
to be bad. That is asked in a dry run; nothing is stored.

Exit status: 0 if all is well, 1 if something is not, 2 if something could not be examined.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if output != "text" && output != "json" {
				return fmt.Errorf("--output: %q is unknown; choose text or json", output)
			}
			a, err := open()
			if err != nil {
				return err
			}
			return printFindings(to, output, doctor.Cluster{Reader: a.Reader, Now: now}.Check(command.Context()))
		},
	}
	command.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return command
}

func printFindings(to screen, output string, list []doctor.Finding) error {
	unknown, bad := 0, 0
	for _, f := range list {
		switch f.State {
		case doctor.Bad:
			bad++
		case doctor.Unknown:
			unknown++
		case doctor.OK:
		}
		if output == "json" {
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
	if output == "json" {
		encoder := json.NewEncoder(to.out)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(map[string]any{"findings": list}); err != nil {
			return fmt.Errorf("print: %w", err)
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
