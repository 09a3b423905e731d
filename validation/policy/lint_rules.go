package policy

import (
	"fmt"
	"net/netip"
	"slices"

	"sluice/validation"
)

// rules finds the rules of a policy that decide nothing.
func (l *linter) rules(p Policy) {
	for i, r := range p.Allow {
		rule := fmt.Sprintf("allow[%d]", i)
		if l.dead(p, rule, r) {
			continue
		}
		if k := slices.IndexFunc(p.Allow[:i], func(earlier Rule) bool { return earlier.covers(r) }); k >= 0 {
			l.report(p, rule, Shadowed, LintWarning, "has no effect: allow[%d] allows all that it matches", k)
			continue
		}
		l.denied(p, rule, r)
	}
	for i, r := range p.Deny {
		rule := fmt.Sprintf("deny[%d]", i)
		if l.dead(p, rule, r) {
			continue
		}
		if k := slices.IndexFunc(p.Deny[:i], func(earlier Rule) bool { return earlier.covers(r) }); k >= 0 {
			l.report(p, rule, Shadowed, LintWarning, "has no effect: deny[%d] denies all that it matches", k)
		}
	}
	if p.MaxCollectors != nil && *p.MaxCollectors == 0 && len(p.Allow) > 0 {
		l.report(p, "maxCollectors", Unsatisfiable, LintError, "is 0, so that no collector can be added, although there are allow rules; write a larger number, or deny: [{}] instead of them")
	}
}

// denied finds an allow rule that a deny rule makes useless.
func (l *linter) denied(p Policy, rule string, r Rule) {
	for _, other := range l.policies {
		// A policy that only warns takes nothing from one that denies.
		if other.Enforcement > p.Enforcement || other.Name != p.Name && !appliesToAllOf(other, p) {
			continue
		}
		if k := slices.IndexFunc(other.Deny, func(d Rule) bool { return d.covers(r) }); k >= 0 {
			check, by := Shadowed, fmt.Sprintf("deny[%d]", k)
			if other.Name != p.Name {
				check, by = Conflict, fmt.Sprintf("deny[%d] of policy %s", k, other.Name)
			}
			l.report(p, rule, check, LintWarning, "has no effect: %s denies all that it matches", by)
			return
		}
	}
}

// dead finds networks that match nothing that can be stored, and reports whether the whole rule
// matches nothing.
func (l *linter) dead(p Policy, rule string, r Rule) bool {
	dead := 0
	for i, d := range r.Destinations {
		why := l.neverStored(d, r)
		if why == "" {
			continue
		}
		dead++
		l.report(p, fmt.Sprintf("%s.destinations[%d]", rule, i), NeverMatches, LintWarning, "%s matches no collector that can be stored: %s", d, why)
	}
	return dead > 0 && dead == len(r.Destinations)
}

// neverStored says why no collector in a network can be stored; empty if one can.
func (l *linter) neverStored(d netip.Prefix, r Rule) string {
	if d.Addr().Is6() {
		// The target of the ConfigMap, which is IPFIX, can be IPv6 in any case.
		onlyLists := len(r.Formats) > 0 && !slices.Contains(r.Formats, validation.IPFIX)
		if !l.IPv6 && onlyLists {
			return "the Network CRD stores IPv4 only, unless it is told otherwise with --ip-families=ipv4,ipv6"
		}
		if d == netip.PrefixFrom(netip.IPv6Unspecified(), d.Addr().BitLen()) {
			return "it is the unspecified address"
		}
		return ""
	}
	for _, reserved := range []string{"0.0.0.0/8", "240.0.0.0/4"} {
		if n := netip.MustParsePrefix(reserved); n.Bits() <= d.Bits() && n.Contains(d.Addr()) {
			return "addresses in " + reserved + " are no destinations"
		}
	}
	return ""
}
