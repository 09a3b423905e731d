package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/terminal"
	"sluice/cmd/sluice/internal/check"
	"sluice/cmd/sluice/internal/policytest"
	"sluice/cmd/sluice/internal/report"
)

func newPolicyTestCommand(getenv func(string) string) *cobra.Command {
	var output, color string
	command := &cobra.Command{
		Use:   "test FILE|DIR...",
		Short: "Run test suites for policies",
		Long: `Run the test suites in files and directories. A test is a change by one user, and the expected
verdict. A suite is a file such as

  apiVersion: sluice.dev/v1alpha1
  kind: FlowExportPolicyTest
  policies: [team-a.yaml]            # relative to the folder of the suite
  tests:
  - name: team-a may add its own collector
    user: mary
    groups: [team-a]
    old: stored.yaml                 # a file or, as below, the object itself
    object: {spec: {exportNetworkFlows: {netFlow: {collectors: ["10.20.0.1:2055"]}}}}
    expect: Accepted                 # Accepted, Normalized, Rejected or Denied
  - name: team-a may not add another collector
    user: mary
    groups: [team-a]
    object: {spec: {exportNetworkFlows: {netFlow: {collectors: ["10.30.0.1:2055"]}}}}
    expect: Denied
    messages: ["[policy team-a/allow]"]   # parts of the expected messages; see also notMessages

A test without an object deletes the stored one. exemptUsers, normalization and ipFamilies are
the flags of sluice-webhook.

Exit status: 0 if all tests pass, 1 if a test fails, 2 if something can't be read.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return exit.Usage(errors.New("nothing to test; name files or directories with test suites"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			format, err := report.ParseTestFormat(output)
			if err != nil {
				return exit.Usage(fmt.Errorf("--output: %w", err))
			}
			colored, err := terminal.Color(color, cmd.OutOrStdout(), getenv)
			if err != nil {
				return exit.Usage(err)
			}
			files := check.Reader{Files: check.Disk{}, Stdin: cmd.InOrStdin()}
			paths, problems := files.Search(args)
			cases, more := policytest.Run(paths, files)
			problems = append(problems, more...)
			if len(cases) > 0 {
				if err := report.WriteTests(cmd.OutOrStdout(), format, cases, report.Options{Color: colored}); err != nil {
					return exit.Usage(err)
				}
			}
			if len(problems) > 0 {
				return exit.Usage(errors.Join(problems...))
			}
			for _, c := range cases {
				if !c.Passed() {
					return exit.With(int(check.Failed))
				}
			}
			return nil
		},
	}
	command.Flags().StringVarP(&output, "output", "o", "text", "output format: text, json, yaml or junit")
	command.Flags().StringVar(&color, "color", "auto", "colorize output: auto, always or never")
	return command
}
