package policy

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"sluice/validation"
)

// compiledRule is a rule with its networks as ranges that don't overlap, in order: those of
// IPv4 as numbers, which compare in a fraction of the time.
type compiledRule struct {
	formats [6]bool
	any     bool
	v4      []ipv4Range
	ranges  []addressRange // of IPv6
	// universal says that the networks hold every address, so that they hold one that
	// isn't known.
	universal bool
	hosts     hostSet
	ports     []PortRange
}

type addressRange struct{ first, last netip.Addr }

type ipv4Range struct{ first, last uint32 }

// number is an IPv4 address as a number.
func number(a netip.Addr) uint32 {
	bytes := a.As4()
	return binary.BigEndian.Uint32(bytes[:])
}

func compileRule(r Rule) compiledRule {
	c := compiledRule{any: len(r.Destinations)+len(r.Hosts) == 0, hosts: newHostSet(r.Hosts), ports: r.Ports}
	for _, f := range validation.PolicyFormats() {
		c.formats[f] = len(r.Formats) == 0 || slices.Contains(r.Formats, f)
	}
	ranges := make([]addressRange, 0, len(r.Destinations))
	var v4, v6 bool
	for _, p := range r.Destinations {
		p = p.Masked()
		ranges = append(ranges, addressRange{p.Addr(), lastOf(p)})
		if p.Bits() == 0 {
			v4, v6 = v4 || p.Addr().Is4(), v6 || p.Addr().Is6()
		}
	}
	c.universal = c.any || v4 && v6
	slices.SortFunc(ranges, func(a, b addressRange) int { return a.first.Compare(b.first) })
	for _, next := range ranges {
		// Networks are nested or apart; a nested one adds nothing.
		if n := len(c.ranges); n > 0 && next.last.Compare(c.ranges[n-1].last) <= 0 {
			continue
		}
		c.ranges = append(c.ranges, next)
	}
	for len(c.ranges) > 0 && c.ranges[0].first.Is4() { // IPv4 sorts before IPv6
		c.v4 = append(c.v4, ipv4Range{number(c.ranges[0].first), number(c.ranges[0].last)})
		c.ranges = c.ranges[1:]
	}
	return c
}

// lastOf is the highest address of a network.
func lastOf(p netip.Prefix) netip.Addr {
	bytes := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(bytes)*8; bit++ {
		bytes[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return last
}

func (r *compiledRule) matches(c validation.Collector) bool {
	switch {
	case c.Unknown != "":
		return false
	case c.Host != "":
		return r.hosts.match(c.Host) && r.matchesRest(c)
	}
	return r.matchesRest(c) && r.matchesAddress(c.Addr.Addr())
}

// matchesRest compares all but the place.
func (r *compiledRule) matchesRest(c validation.Collector) bool {
	return r.formats[c.Format] && r.matchesPort(c.Addr.Port())
}

func (r *compiledRule) matchesPort(port uint16) bool {
	return len(r.ports) == 0 || slices.ContainsFunc(r.ports, func(p PortRange) bool { return p.First <= port && port <= p.Last })
}

func (r *compiledRule) matchesAddress(a netip.Addr) bool {
	if r.any {
		return true
	}
	if !a.IsValid() {
		return r.universal
	}
	if a.Is4() {
		return r.matchesIPv4(number(a))
	}
	i, found := slices.BinarySearchFunc(r.ranges, a, func(r addressRange, a netip.Addr) int { return r.first.Compare(a) })
	if found {
		return true
	}
	return i > 0 && a.Compare(r.ranges[i-1].last) <= 0
}

func (r *compiledRule) matchesIPv4(a uint32) bool {
	low, high := 0, len(r.v4) // the ranges before low begin at or below a, those from high on above
	for low < high {
		if middle := int(uint(low+high) >> 1); r.v4[middle].first <= a {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low > 0 && a <= r.v4[low-1].last
}
