package main

import (
	"github.com/spf13/cobra"

	"sluice/cmd/internal/suggest"
	versioncommand "sluice/cmd/internal/version"
)

func newRootCommand(getenv func(string) string) *cobra.Command {
	root := &cobra.Command{
		Use:   "sluice",
		Short: "Check network flow collectors and policies before they reach a cluster",
		Long: `Check spec.exportNetworkFlows of OpenShift's Network.operator: the lists of NetFlow, sFlow
and IPFIX collectors that Open vSwitch on every node sends flow records to. It applies the
rules of the admission webhook.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(newCheckCommand(getenv), newPolicyCommand(getenv), newExplainRuleCommand(), versioncommand.Command("sluice", version))
	return suggest.Usage(versioncommand.Flag(root, version))
}
