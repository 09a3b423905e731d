package validation

import (
	"fmt"
	"strings"
)

const udpPrefix = "udp://"

func (c collectorReader) url(r *reading, text string) {
	scheme, rest, _ := strings.Cut(text, "://")
	r.problem(RuleURL, fmt.Sprintf("is a URL (%s); records are exported over UDP to an address and a port", Quote(scheme+"://")), "write only ADDRESS:PORT")
	rest, _, _ = strings.Cut(rest, "/")
	r.meant = rest
}

// RuleURL finds a URL with a scheme other than udp://.
const RuleURL Rule = "url"

func urlScheme() Check {
	return Check{
		Rule: RuleURL, Effect: Rejects,
		Summary: "A URL with a scheme other than `udp://`",
		Example: "`http://192.168.1.99:2055/flows` is a URL, but records are sent over UDP, not to a path.\n" +
			"Write `192.168.1.99:2055`.",
	}
}

// RuleUDPScheme finds udp:// before a collector.
const RuleUDPScheme Rule = "udp-scheme"

func udpScheme() Check {
	return Check{
		Rule: RuleUDPScheme, Effect: Normalizes,
		Summary: "`udp://` before a collector is removed",
		Example: "`udp://192.168.1.99:2055` has a scheme, but records are always sent over UDP.\n" +
			"Stored as `192.168.1.99:2055`.",
	}
}
