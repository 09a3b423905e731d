package validation

import (
	"net/netip"
	"strconv"
)

// collectorText is the canonical text of a collector. One without an address
// means the node's own (":2055").
func collectorText(collector netip.AddrPort) string {
	if !collector.Addr().IsValid() {
		return ":" + strconv.Itoa(int(collector.Port()))
	}
	return collector.String()
}
