package main

import (
	"github.com/spf13/cobra"

	versioncommand "sluice/cmd/internal/version"
)

func newRootCommand(getenv func(string) string) *cobra.Command {
	root := &cobra.Command{
		Use:   "sluice",
		Short: "Guard and deliver the network flow collectors of a cluster",
		Long: `Sluice guards spec.exportNetworkFlows of OpenShift's Network.operator: the lists of
NetFlow, sFlow and IPFIX collectors that Open vSwitch on every node sends flow records to.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(newCheckCommand(getenv), newWebhookCommand(getenv), newPlanCommand(getenv), newPolicyCommand(getenv), versioncommand.Command("sluice", version))
	return root
}
