package main

import (
	"github.com/spf13/cobra"

	"sluice/internal/kube"
)

// completeNodes completes the names of nodes with a report.
func completeNodes(open func() (*access, error)) cobra.CompletionFunc {
	return func(command *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		a, err := open()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		reports, err := a.List(command.Context(), kube.NodeFlowExports(), "")
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		names := make([]string, len(reports))
		for i := range reports {
			names[i] = reports[i].GetName()
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}
