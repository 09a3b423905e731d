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
		if k := slices.IndexFunc(p.Allow[:i], func(earlier Rule) bool { return earlier.allowsAllOf(r) }); k >= 0 {
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
		if k := slices.IndexFunc(p.Deny[:i], func(earlier Rule) bool { return earlier.deniesAllOf(r) }); k >= 0 {
			l.report(p, rule, Shadowed, LintWarning, "has no effect: deny[%d] denies all that it matches", k)
		}
	}
	if p.MaxCollectors != nil && *p.MaxCollectors == 0 && len(p.Allow) > 0 {
		l.report(p, "maxCollectors", Shadowed, LintWarning, "is 0, so that the allow rules have no effect on the Network and the ConfigMap: no collector can be added there; write a larger number")
	}
}

// denied finds an allow rule that a deny rule makes useless.
func (l *linter) denied(p Policy, rule string, r Rule) {
	for _, other := range l.policies {
		// A policy that only warns takes nothing from one that denies.
		if other.Enforcement > p.Enforcement || other.Name != p.Name && !appliesToAllOf(other, p) {
			continue
		}
		if k := slices.IndexFunc(other.Deny, func(d Rule) bool { return d.deniesAllOf(r) }); k >= 0 {
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
		if why := l.neverStored(d, r); why != "" {
			dead++
			l.report(p, fmt.Sprintf("%s.destinations[%d]", rule, i), NeverMatches, LintWarning, "%s matches no collector that can be stored: %s", d, why)
		}
	}
	if len(r.Hosts) > 0 && r.isForListsOnly() {
		dead += len(r.Hosts)
		l.report(p, rule+".hosts", NeverMatches, LintWarning, "no collector of NetFlow or sFlow has a host name; only exporters of a FlowCollector have one")
	}
	return dead > 0 && dead == len(r.Destinations)+len(r.Hosts)
}

// isForListsOnly reports whether a rule is about formats that only the lists of a Network have.
func (r Rule) isForListsOnly() bool {
	return len(r.Formats) > 0 && !slices.ContainsFunc(r.Formats, func(f validation.Format) bool { return f != validation.NetFlow && f != validation.SFlow })
}

// neverStored says why no collector in a network can be stored; empty if one can.
func (l *linter) neverStored(d netip.Prefix, r Rule) string {
	if d.Addr().Is6() {
		// The target of the ConfigMap and the exporters of a FlowCollector can be IPv6 in any case.
		if !l.IPv6 && r.isForListsOnly() {
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
