package desired

import (
	"net/netip"
	"slices"

	"sluice/validation"
)

// rendered are the collectors of each format that OVN-Kubernetes sets for the Network's lists:
// every address and port that it can parse, also those that Sluice rejects and skips, such as
// 240.0.0.1:2055. What it cannot parse keeps ovnkube-node from starting, so it sets nothing
// then. usable are the collectors that Sluice passes on; those of the ConfigMap are only there.
func rendered(network *Network, usable [3][]netip.AddrPort) [3][]netip.AddrPort {
	all := usable
	for _, f := range validation.Formats() {
		all[f] = slices.Clone(usable[f])
		for _, item := range network.Object.ExportNetworkFlows.Get(f.Field()).Get("collectors").Items {
			collector, err := netip.ParseAddrPort(item.Text)
			if err == nil && item.Kind == validation.String && !slices.Contains(all[f], collector) {
				all[f] = append(all[f], collector)
			}
		}
	}
	return all
}
