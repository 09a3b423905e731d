package ovs

import (
	"net/netip"
	"strconv"
	"strings"

	"sluice/validation"
)

// defaultPort is the port that ovs-vswitchd uses for a target without one; false if such a target can't be used
// (vswitchd/vswitch.xml, ofproto/netflow.c).
func defaultPort(f validation.Format) (port uint16, ok bool) {
	switch f {
	case validation.SFlow:
		return 6343, true
	case validation.IPFIX:
		return 4739, true
	case validation.NetFlow, validation.Kafka, validation.OpenTelemetry, validation.Loki, validation.Unrecognized:
	}
	return 0, false
}

// Remote is the end to which ovs-vswitchd sends the records for a target, as it shows in the list of sockets; false if the
// target is not the address of one. ovs-vswitchd takes targets without a port, and addresses of both families in brackets
// or not: more than one colon outside of brackets is an IPv6 address without a port.
func Remote(f validation.Format, target string) (netip.AddrPort, bool) {
	host, text := target, ""
	if i := strings.LastIndex(target, ":"); i >= 0 && (strings.Count(target, ":") == 1 || strings.HasSuffix(target[:i], "]")) {
		host, text = target[:i], target[i+1:]
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		if host, ok = strings.CutSuffix(inner, "]"); !ok {
			return netip.AddrPort{}, false
		}
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return netip.AddrPort{}, false
	}
	port, ok := defaultPort(f)
	if text != "" {
		number, err := strconv.ParseUint(text, 10, 16)
		port, ok = uint16(number), err == nil
	}
	return netip.AddrPortFrom(address.Unmap().WithZone(""), port), ok
}
