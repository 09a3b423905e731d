package desired

import (
	"fmt"
	"strings"

	"sluice/validation"
)

// handsOff says why the Cluster Network Operator applies nothing for this Network, so that Sluice
// does not either; empty if it applies the lists. Of the management states, it acts on Unmanaged
// alone, and goes on at Removed (its pkg/controller/operconfig/operconfig_controller.go). It ignores
// the case of the network type (its pkg/network/render.go).
func handsOff(network validation.Object) string {
	if state := network.ManagementState.Text; state == "Unmanaged" {
		return "managementState of Network.operator is " + state
	}
	if t := network.NetworkType.Text; t != "" && !strings.EqualFold(t, "OVNKubernetes") {
		return fmt.Sprintf("defaultNetwork.type of Network.operator is %s, and only OVNKubernetes exports flows", validation.Quote(t))
	}
	return ""
}
