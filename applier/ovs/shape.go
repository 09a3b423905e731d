package ovs

import (
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
)

// large reports whether an exporter is too large to be an argument of a program, which the kernel limits
// to 128 KiB. Quoting makes a text up to six times as long.
func (e Exporter) large() bool {
	const most = 16 << 10
	size := 0
	for _, t := range e.Targets {
		size += len(t) + len(`"",`)
	}
	for _, v := range e.Settings {
		size += len(v)
	}
	return size > most
}

// shaped reports whether an exporter has exactly the columns of one of the shapes, and only targets as
// OVN-Kubernetes writes them: addresses with ports in canonical spelling.
func (e Exporter) shaped(shapes []Settings) bool {
	return len(e.Targets) > 0 && !slices.ContainsFunc(e.Targets, func(t string) bool { return !canonicalAddress(t) }) &&
		slices.ContainsFunc(shapes, func(s Settings) bool { return maps.Equal(s, e.Settings) })
}

// canonicalAddress reports whether a target is an address and a port as OVN-Kubernetes writes them.
// It does not check the range of the port.
func canonicalAddress(target string) bool {
	host, port, err := net.SplitHostPort(target)
	if err != nil {
		return false
	}
	address, err := netip.ParseAddr(host)
	if err != nil || address.Zone() != "" || address.Is4In6() {
		return false
	}
	number, err := strconv.ParseInt(port, 10, 32)
	return err == nil && target == net.JoinHostPort(address.String(), strconv.FormatInt(number, 10))
}
