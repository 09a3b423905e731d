package desired

import (
	"fmt"
	"net/netip"
	"slices"

	"sluice/validation"
)

// withConfigTargets adds the targets of the ConfigMap to the IPFIX collectors of the Network. A
// port alone becomes that port of the node's own address.
func (s *State) withConfigTargets(targets [3][]netip.AddrPort, node Node, config []netip.AddrPort) [3][]netip.AddrPort {
	list := &targets[validation.IPFIX]
	named := slices.Concat(*list, config) // with an address, as far as they have one
	for _, collector := range config {
		if !collector.Addr().IsValid() {
			if !node.Address.IsValid() {
				s.Skipped = append(s.Skipped, fmt.Sprintf("data.nodePort: :%d: the node has no address yet", collector.Port()))
				continue
			}
			collector = netip.AddrPortFrom(node.Address, collector.Port())
			if slices.Contains(named, collector) {
				s.OwnDuplicates = append(s.OwnDuplicates, collector.String())
			}
		}
		if !slices.Contains(*list, collector) {
			*list = append(*list, collector)
		}
	}
	return targets
}
