package policy

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"strings"

	"sluice/validation"
)

// allowsAllOf reports whether a rule allows every collector that another one allows.
func (r Rule) allowsAllOf(other Rule) bool {
	return r.coversRest(other) && r.coversAddresses(other) && coversHosts(r.Hosts, other.Hosts)
}

// deniesAllOf reports whether a deny rule denies every collector that another rule matches: one
// that denies, or one that allows and so lists its host names.
func (r Rule) deniesAllOf(other Rule) bool {
	return r.coversRest(other) && r.coversAddresses(other) && (r.universal() || coversHosts(r.Hosts, other.Hosts))
}

// coversRest compares all but the place.
func (r Rule) coversRest(other Rule) bool {
	for _, f := range validation.PolicyFormats() {
		if other.hasFormat(f) && !r.hasFormat(f) {
			return false
		}
	}
	return coversPorts(r.Ports, other.Ports)
}

func (r Rule) hasFormat(f validation.Format) bool {
	return len(r.Formats) == 0 || slices.Contains(r.Formats, f)
}

// universal reports whether a rule matches every address, also a node's own, which isn't known.
func (r Rule) universal() bool { return compileRule(r).universal }

// coversAddresses compares the addresses of rules. A rule with host names alone has none.
func (r Rule) coversAddresses(other Rule) bool {
	switch {
	case r.universal():
		return true
	case other.universal():
		return false
	}
	return coversNetworks(r.Destinations, other.Destinations)
}

// coversHosts compares patterns of host names.
func coversHosts(all, some []string) bool {
	set := newHostSet(all)
	for _, pattern := range some {
		suffix, below := strings.CutPrefix(pattern, "*")
		switch {
		case set.all:
		case pattern == anyHost:
			return false
		case below && !slices.ContainsFunc(set.below, func(s string) bool { return strings.HasSuffix(suffix, s) }):
			return false
		case !below && !set.match(pattern):
			return false
		}
	}
	return true
}

func coversPorts(all, some []PortRange) bool {
	if len(all) == 0 {
		return true
	}
	if len(some) == 0 {
		some = []PortRange{{First: 1, Last: math.MaxUint16}}
	}
	sorted := slices.SortedFunc(slices.Values(all), func(a, b PortRange) int { return cmp.Compare(a.First, b.First) })
	merged := sorted[:1]
	for _, p := range sorted[1:] {
		if last := &merged[len(merged)-1]; int(p.First) <= int(last.Last)+1 {
			last.Last = max(last.Last, p.Last)
			continue
		}
		merged = append(merged, p)
	}
	for _, p := range some {
		if !slices.ContainsFunc(merged, func(m PortRange) bool { return m.First <= p.First && p.Last <= m.Last }) {
			return false
		}
	}
	return true
}

// coversNetworks reports whether every address of some networks is in one of all.
func coversNetworks(all, some []netip.Prefix) bool {
	var merged []addressRange
	sorted := slices.SortedFunc(slices.Values(all), func(a, b netip.Prefix) int { return a.Masked().Addr().Compare(b.Masked().Addr()) })
	for _, p := range sorted {
		next := addressRange{p.Masked().Addr(), lastOf(p.Masked())}
		n := len(merged)
		if n > 0 && next.first.BitLen() == merged[n-1].last.BitLen() && (next.first.Compare(merged[n-1].last) <= 0 || merged[n-1].last.Next() == next.first) {
			if next.last.Compare(merged[n-1].last) > 0 {
				merged[n-1].last = next.last
			}
			continue
		}
		merged = append(merged, next)
	}
	for _, p := range some {
		first, last := p.Masked().Addr(), lastOf(p.Masked())
		if !slices.ContainsFunc(merged, func(m addressRange) bool {
			return m.first.BitLen() == first.BitLen() && m.first.Compare(first) <= 0 && last.Compare(m.last) <= 0
		}) {
			return false
		}
	}
	return true
}
