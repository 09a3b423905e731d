package validation

import (
	"net/netip"
	"strings"
)

// host is an address, or a name in lower case.
type host struct {
	addr netip.Addr
	name string
}

// on is the collector of a format at a port of the host.
func (h host) on(f Format, port uint16, field string, at Position) Collector {
	return Collector{Format: f, Addr: netip.AddrPortFrom(h.addr, port), Host: h.name, Field: field, Position: at}
}

// maxHost is the length of a DNS name (RFC 1035), maxLabel that of one of its labels.
const (
	maxHost  = 253
	maxLabel = 63
)

// readHost reads an address, with or without brackets, or a host name; false if the text is
// neither. A name whose last label begins with a digit is neither: some resolvers read
// "10.1" and "0x0a000001" as addresses.
func readHost(text string) (host, bool) {
	bare := text
	if inside, ok := strings.CutPrefix(text, "["); ok {
		if bare, ok = strings.CutSuffix(inside, "]"); !ok {
			return host{}, false
		}
	}
	if a, err := netip.ParseAddr(bare); err == nil {
		if a = a.Unmap(); a.Zone() != "" || bare != text && !strings.Contains(bare, ":") {
			return host{}, false
		}
		return host{addr: a}, true
	}
	name := strings.ToLower(strings.TrimSuffix(text, "."))
	if name == "" || len(name) > maxHost {
		return host{}, false
	}
	var last string
	for last = range strings.SplitSeq(name, ".") {
		if !isLabel(last) {
			return host{}, false
		}
	}
	return host{name: name}, last[0] < '0' || last[0] > '9'
}

// isLabel reports whether text is a label of a host name. Names of services can have underscores.
func isLabel(text string) bool {
	if text == "" || len(text) > maxLabel || text[0] == '-' || text[len(text)-1] == '-' {
		return false
	}
	return strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// readHostPort reads HOST:PORT, or a host alone, which then has the usual port.
func readHostPort(text string, usual uint16) (host, uint16, bool) {
	at := strings.LastIndexByte(text, ':')
	if at < 0 || strings.HasSuffix(text, "]") {
		h, ok := readHost(text)
		return h, usual, ok
	}
	if strings.Contains(text[:at], ":") && !strings.HasPrefix(text, "[") {
		return host{}, 0, false // IPv6 without brackets is ambiguous
	}
	h, ok := readHost(text[:at])
	port, isPort := readPort(text[at+1:])
	return h, port, ok && isPort
}

// readPort reads a decimal port from 1 to 65535.
func readPort(text string) (uint16, bool) {
	if text == "" || len(text) > 5 || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n := 0
	for _, digit := range text {
		n = n*10 + int(digit-'0')
	}
	return uint16(n), n > 0 && n <= 65535
}
