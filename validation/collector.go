package validation

import (
	"net/netip"
	"strconv"
	"strings"
)

// read takes one text apart. The canonical form is the one that OVN-Kubernetes, OVS and
// the Network CRD all take: "192.0.2.1:2055", or "[2001:db8::1]:2055".
func (c collectorReader) read(text string) reading {
	r := c.parse(text)
	if r.meant == "" {
		return r
	}
	again := c.parse(r.meant)
	if r.suggestion = again.suggestion; len(again.problems) == 0 {
		r.suggestion = collectorText(again.collector)
	}
	return r
}

// parse reads one text without a suggestion from what was probably meant.
func (c collectorReader) parse(text string) reading {
	var r reading
	rest := strings.TrimSpace(text)
	if rest != text {
		r.note(RuleWhiteSpace, "surrounding white space removed")
	}
	if rest == "" {
		r.problem(RuleEmptyCollector, "is empty; a collector is an address and a port", "remove the entry or write ADDRESS:PORT")
		return r
	}
	if c.badCharacter(&r, rest) {
		return r
	}
	if len(rest) >= len(udpPrefix) && strings.EqualFold(rest[:len(udpPrefix)], udpPrefix) {
		rest = rest[len(udpPrefix):]
		r.note(RuleUDPScheme, `"udp://" removed`)
	}
	if strings.Contains(rest, "://") {
		c.url(&r, rest)
		return r
	}
	host, port, hasPort, ok := c.split(&r, rest)
	if !ok {
		return r
	}
	addr := c.address(&r, host)
	number := c.port(&r, port, hasPort)
	c.conclude(&r, addr, number)
	return r
}

// conclude makes the collector, or the suggestion, from what was read.
func (c collectorReader) conclude(r *reading, addr netip.Addr, port uint16) {
	if addr.IsValid() && Unusable(addr) {
		r.problem(RuleUnusableAddress, whyUnusable(addr), "write the address that the collector listens on")
		return
	}
	if c.bySluice && addr.IsValid() {
		if why := WhyNodeLocal(addr); why != "" {
			r.problem(RuleNodeLocal, why+"; the records would stay on each node or its link", "write an address of the collector that all nodes can reach")
			return
		}
	}
	nodeOnly := c.nodeAddress && !addr.IsValid() && len(r.problems) == 0
	if len(r.problems) == 0 && (addr.IsValid() || nodeOnly) {
		r.collector = netip.AddrPortFrom(addr, port)
		return
	}
	if addr.IsValid() && r.suggestion == "" {
		if port == 0 && r.has(RuleInvalidPort) {
			// The usual one may be another than what was meant: an example, no suggestion.
			for i := range r.problems {
				if p := &r.problems[i]; p.rule == RuleInvalidPort {
					p.fix += ", for example " + strconv.Quote(collectorText(netip.AddrPortFrom(addr, c.usualPort)))
				}
			}
			return
		}
		if port == 0 {
			port = c.usualPort
		}
		r.suggestion = collectorText(netip.AddrPortFrom(addr, port))
	}
}

// RuleEmptyCollector finds an entry without any text.
const RuleEmptyCollector Rule = "empty-collector"

func emptyCollector() Check {
	return Check{
		Rule: RuleEmptyCollector, Effect: Rejects,
		Summary: "An entry without any text",
		Example: "`collectors: [\"\"]`, or an entry of commas and blanks only.\n" +
			"Remove the entry, or write `192.168.1.99:2055`.",
	}
}

// RuleWhiteSpace finds white space around an entry.
const RuleWhiteSpace Rule = "white-space"

func whiteSpace() Check {
	return Check{
		Rule: RuleWhiteSpace, Effect: Normalizes,
		Summary: "White space around an entry is removed",
		Example: "`\" 192.168.1.99:2055\"` has a blank before the address.\n" +
			"Stored as `192.168.1.99:2055`.",
	}
}
