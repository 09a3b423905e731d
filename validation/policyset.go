package validation

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
)

// OperatorUser is the Cluster Network Operator, which applies the whole object anew again
// and again and goes Degraded if that is refused. No policy may ever deny it something.
const OperatorUser = "system:serviceaccount:openshift-network-operator:cluster-network-operator"

// Policies is a PolicySet made of Policy values. It is immutable, and what it costs to judge
// a request grows with the policies that apply to its user, not with all that there are.
type Policies struct {
	exempt map[string]bool
	// compiled are sorted by name; the maps and everyone hold indexes into it.
	compiled []compiledPolicy
	everyone []int
	users    map[string][]int
	groups   map[string][]int
}

// CompilePolicies makes a PolicySet. Users with an exempt name are never judged.
func CompilePolicies(list []Policy, exempt ...string) *Policies {
	s := &Policies{exempt: make(map[string]bool, len(exempt)), users: map[string][]int{}, groups: map[string][]int{}}
	for _, name := range exempt {
		s.exempt[name] = true
	}
	sorted := slices.SortedStableFunc(slices.Values(list), func(a, b Policy) int { return cmp.Compare(a.Name, b.Name) })
	for i, p := range sorted {
		s.compiled = append(s.compiled, compilePolicy(p))
		if len(p.Subjects) == 0 {
			s.everyone = append(s.everyone, i)
		}
		for _, subject := range p.Subjects {
			k, names := subject.key(), s.users
			if k.group {
				names = s.groups
			}
			names[k.name] = append(names[k.name], i)
		}
	}
	return s
}

// Len is the number of policies.
func (s *Policies) Len() int { return len(s.compiled) }

// All returns the policies, sorted by name.
func (s *Policies) All() []Policy {
	list := make([]Policy, len(s.compiled))
	for i, c := range s.compiled {
		list[i] = c.Policy
	}
	return list
}

// Exempt reports whether a user is never judged.
func (s *Policies) Exempt(u User) bool { return s.exempt[u.Name] }

// For returns the policies that apply to a user, sorted by name.
func (s *Policies) For(u User) []Policy {
	var list []Policy
	for _, c := range s.applying(u) {
		list = append(list, c.Policy)
	}
	return list
}

func (s *Policies) applying(u User) []*compiledPolicy {
	if s.exempt[u.Name] || len(s.compiled) == 0 {
		return nil
	}
	indexes := slices.Clone(s.everyone)
	indexes = append(indexes, s.users[u.Name]...)
	for _, g := range u.Groups {
		indexes = append(indexes, s.groups[g]...)
	}
	slices.Sort(indexes)
	indexes = slices.Compact(indexes)
	list := make([]*compiledPolicy, 0, len(indexes))
	for _, i := range indexes {
		if p := &s.compiled[i]; !slices.ContainsFunc(p.Exempt, u.is) {
			list = append(list, p)
		}
	}
	return list
}

// compiledPolicy is a policy whose rules are fast.
type compiledPolicy struct {
	Policy
	allow, deny []compiledRule
}

func compilePolicy(p Policy) compiledPolicy {
	c := compiledPolicy{Policy: p}
	for _, r := range p.Allow {
		c.allow = append(c.allow, compileRule(r))
	}
	for _, r := range p.Deny {
		c.deny = append(c.deny, compileRule(r))
	}
	return c
}

// compiledRule is a rule with its networks as ranges that don't overlap, in order: those of
// IPv4 as numbers, which compare in a fraction of the time.
type compiledRule struct {
	formats [3]bool
	any     bool
	v4      []ipv4Range
	ranges  []addressRange // of IPv6
	// universal says that the networks hold every address, so that they hold one that
	// isn't known.
	universal bool
	ports     []PortRange
}

type addressRange struct{ first, last netip.Addr }

type ipv4Range struct{ first, last uint32 }

// number is an IPv4 address as a number.
func number(a netip.Addr) uint32 {
	bytes := a.As4()
	return binary.BigEndian.Uint32(bytes[:])
}

func compileRule(r PolicyRule) compiledRule {
	c := compiledRule{any: len(r.Destinations) == 0, ports: r.Ports}
	for _, f := range Formats() {
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

func (r *compiledRule) matches(e Export) bool {
	return r.formats[e.Format] && r.matchesPort(e.Collector.Port()) && r.matchesAddress(e.Collector.Addr())
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
