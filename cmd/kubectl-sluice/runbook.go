package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sluice/cmd/internal/suggest"
	"sluice/docs"
)

func newRunbookCommand(to screen) *cobra.Command {
	return &cobra.Command{
		Use:   "runbook [ALERT]",
		Short: "Print the runbook of an alert",
		Long: `Print the runbook of an alert: what it means, how urgent it is, how to find the cause, and
how to fix it. The pages are part of the plugin; neither a cluster nor a network is needed.
Without an alert, list those that have a runbook.`,
		Example:           `  kubectl sluice runbook SluiceAgentDown`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.FixedCompletions(docs.Runbooks(), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				_, err := fmt.Fprintln(to.out, strings.Join(docs.Runbooks(), "\n"))
				return err
			}
			text, ok := docs.Runbook(args[0])
			if !ok {
				return suggest.Unknown("alert", args[0], docs.Runbooks())
			}
			_, err := fmt.Fprint(to.out, text)
			return err
		},
	}
}
