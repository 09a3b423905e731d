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
		Long: `Run the test suites of files and directories: each test is a change of one user, and the
verdict that is expected. A suite is a file such as

  apiVersion: sluice.dev/v1alpha1
  kind: FlowExportPolicyTest
  policies: [team-a.yaml]            # seen from the suite's own folder
  tests:
  - name: team-a may add a collector of its own
    user: mary
    groups: [team-a]
    old: stored.yaml                 # a file or, as below, the object itself
    object: {spec: {exportNetworkFlows: {netFlow: {collectors: ["10.20.0.1:2055"]}}}}
    expect: Accepted                 # Accepted, Normalized, Rejected or Denied
  - name: and no other
    user: mary
    groups: [team-a]
    object: {spec: {exportNetworkFlows: {netFlow: {collectors: ["10.30.0.1:2055"]}}}}
    expect: Denied
    messages: ["[policy team-a/allow]"]   # parts of what the user is told; also notMessages

Without an object, what is stored is deleted. exemptUsers, normalization and ipFamilies stand
for the flags of "sluice webhook".

Exit status: 0 if all pass, 1 if one fails, 2 if something can't be read.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return exit.Usage(errors.New("nothing to test; name files or directories with suites"))
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
	command.Flags().StringVarP(&output, "output", "o", "text", "text, json or junit")
	command.Flags().StringVar(&color, "color", "auto", "highlight text: auto, always or never")
	return command
}
