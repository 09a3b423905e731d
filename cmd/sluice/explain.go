package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/suggest"
	"sluice/docs"
)

func newExplainRuleCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain RULE",
		Short: "Explain a rule",
		Long: `Explain a rule: what it reports, and what to write instead. A message ends with the name of
its rule, such as [sluice/missing-port].`,
		Example: `  sluice explain missing-port`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return exit.Usage(fmt.Errorf("name one rule, such as %s", docs.Rules()[0]))
			}
			return nil
		},
		ValidArgsFunction: cobra.FixedCompletions(docs.Rules(), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := ruleName(args[0])
			text, ok := docs.Rule(name)
			if !ok {
				return exit.Usage(suggest.Unknown("rule", name, docs.Rules()))
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n\n%s", name, text)
			return err
		},
	}
}

// ruleName returns the name of a rule, also from the form that messages have.
func ruleName(argument string) string {
	return strings.TrimPrefix(strings.Trim(argument, "[]"), "sluice/")
}
