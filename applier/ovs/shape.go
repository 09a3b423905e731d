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

// Shape is which columns OVN-Kubernetes sets in a row of a format.
type Shape struct {
	// Fixed are the columns that it always sets, each to the same value. Any are those that it always sets,
	// and Optional those that it may set, to the values of a ConfigMap.
	Fixed         Settings
	Any, Optional []ColumnName
}

// fits reports whether columns are set as in the shape.
func (s Shape) fits(settings Settings) bool {
	rest := maps.Clone(settings)
	for column, value := range s.Fixed {
		if settings[column] != value {
			return false
		}
		delete(rest, column)
	}
	for _, column := range s.Any {
		if _, set := settings[column]; !set {
			return false
		}
		delete(rest, column)
	}
	for _, column := range s.Optional {
		delete(rest, column)
	}
	return len(rest) == 0
}

// shaped reports whether an exporter has exactly the columns of a shape, and only targets as OVN-Kubernetes
// writes them: addresses with ports in canonical spelling.
func (e Exporter) shaped(shape *Shape) bool {
	return shape != nil && len(e.Targets) > 0 && shape.fits(e.Settings) &&
		!slices.ContainsFunc(e.Targets, func(t string) bool { return !canonicalAddress(t) })
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
