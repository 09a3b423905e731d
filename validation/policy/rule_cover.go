package policy

import (
	"cmp"
	"math"
	"net/netip"
	"slices"

	"sluice/validation"
)

// covers reports whether a rule matches every collector that another one matches.
func (r Rule) covers(other Rule) bool {
	for _, f := range validation.Formats() {
		if other.hasFormat(f) && !r.hasFormat(f) {
			return false
		}
	}
	return coversPorts(r.Ports, other.Ports) && coversAddresses(r.Destinations, other.Destinations)
}

func (r Rule) hasFormat(f validation.Format) bool {
	return len(r.Formats) == 0 || slices.Contains(r.Formats, f)
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

// coversAddresses compares the networks of rules. Without any, a rule matches also a node's own
// address, which isn't known; of the networks only both 0.0.0.0/0 and ::/0 do.
func coversAddresses(all, some []netip.Prefix) bool {
	universal := func(list []netip.Prefix) bool { return compileRule(Rule{Destinations: list}).universal }
	if universal(all) {
		return true
	}
	if universal(some) {
		return false
	}
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
