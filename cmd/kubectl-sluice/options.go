package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newOptionsCommand prints the flags that all commands have. kubectl has it too, so that they do not fill each help.
func newOptionsCommand(to screen) *cobra.Command {
	return &cobra.Command{
		Use:   "options",
		Short: "Print the flags that all commands have",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			_, err := fmt.Fprint(to.out, "All commands have these flags:\n\n"+command.Root().PersistentFlags().FlagUsages())
			return err
		},
	}
}

// withoutGlobalFlags hides the flags that all commands have from the help of each, which names the command that prints them.
func withoutGlobalFlags(root *cobra.Command) {
	hide := func(hidden bool) {
		root.PersistentFlags().VisitAll(func(f *pflag.Flag) { f.Hidden = hidden })
	}
	help := root.HelpFunc()
	root.SetHelpFunc(func(command *cobra.Command, args []string) {
		if !command.HasParent() {
			help(command, args)
			return
		}
		hide(true)
		defer hide(false)
		help(command, args)
		_, _ = fmt.Fprintf(command.OutOrStdout(), "\n\"%s options\" prints the flags that all commands have, such as --context.\n", root.CommandPath())
	})
}
