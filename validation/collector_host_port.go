package validation

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// split separates host and port without judging them.
func (c collectorReader) split(r *reading, text string) (host, port string, hasPort, ok bool) {
	if strings.HasPrefix(text, "[") {
		inside, after, closed := strings.Cut(text[1:], "]")
		switch {
		case !closed:
			r.problem(RuleNotAnAddress, `has "[" without "]"`, "write [ADDRESS]:PORT")
			r.meant = text[1:]
			return "", "", false, false
		case after == "":
			return text[:len(inside)+2], "", false, true
		case after[0] != ':':
			r.problem(RuleNotAnAddress, fmt.Sprintf(`has %s after "]"; expected ":" and a port`, Quote(after)), "write [ADDRESS]:PORT")
			return "", "", false, false
		}
		return text[:len(inside)+2], after[1:], true, true
	}
	if strings.Count(text, ":") > 1 && c.unbracketed(r, text) {
		return "", "", false, false
	}
	host, port, hasPort = strings.Cut(text, ":")
	if _, err := netip.ParseAddr(host); err != nil && strings.Contains(port, ":") {
		last := strings.LastIndexByte(text, ':')
		host, port = text[:last], text[last+1:]
	}
	return host, port, hasPort, true
}

// unbracketed recognizes an IPv6 address that misses its brackets.
func (c collectorReader) unbracketed(r *reading, text string) bool {
	last := strings.LastIndexByte(text, ':')
	for _, try := range []struct{ host, port string }{
		{text[:last], text[last:]},
		{text, ":" + strconv.Itoa(int(c.usualPort))},
	} {
		addr, err := netip.ParseAddr(try.host)
		if err != nil || !addr.Is6() || strings.Contains(try.port, ".") { // "::ffff" with port "192.0.2.1"
			continue
		}
		if !c.ipv6 && !addr.Is4In6() {
			r.problem(RuleIPv6, whyNoIPv6, fixNoIPv6)
			return true
		}
		r.problem(RuleIPv6Brackets, "is an IPv6 address without brackets, so the port cannot be identified", "write [ADDRESS]:PORT")
		r.meant = "[" + try.host + "]" + try.port
		return true
	}
	return false
}

// RuleIPv6Brackets finds an IPv6 address without brackets.
const RuleIPv6Brackets Rule = "ipv6-brackets"

func ipv6Brackets() Check {
	return Check{
		Rule: RuleIPv6Brackets, Effect: Rejects,
		Summary: "An IPv6 address without brackets",
		Example: "`2001:db8::99:4739` could be an address and a port, or an address alone.\n" +
			"Write `[2001:db8::99]:4739`.",
	}
}
