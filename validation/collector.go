package validation

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// reading is what one text for one collector turned out to be.
type reading struct {
	// collector is valid unless there are problems.
	collector netip.AddrPort
	problems  []problem
	// notes say what is not canonical in the text.
	notes []note
	// suggestion would be accepted in the text's place; empty if none can be known.
	suggestion string
}

// problem is a reason to refuse the text.
type problem struct {
	rule Rule
	what string // what is wrong, and why it matters
	fix  string // what to write instead, where there is no suggestion
}

// note is something that is put right.
type note struct {
	rule Rule
	what string
}

func (r *reading) problem(rule Rule, what, fix string) {
	r.problems = append(r.problems, problem{rule, what, fix})
}

func (r *reading) has(rule Rule) bool {
	return slices.ContainsFunc(r.problems, func(p problem) bool { return p.rule == rule })
}

func (r *reading) note(rule Rule, what string) {
	r.notes = append(r.notes, note{rule, what})
}

// collectorReader reads collectors of one kind of list.
type collectorReader struct {
	usualPort uint16
	ipv6      bool
	// nodeAddress allows ":port", which OVN-Kubernetes completes with the node's address.
	nodeAddress bool
	// derived says that the text is a suggestion's, from which no further one is derived.
	derived bool
}

// read takes one text apart. The canonical form is the one that OVN-Kubernetes, OVS and
// the Network CRD all take: "192.0.2.1:2055", or "[2001:db8::1]:2055".
func (c collectorReader) read(text string) reading {
	var r reading
	rest := strings.TrimSpace(text)
	if rest != text {
		r.note(RuleWhiteSpace, "surrounding white space removed")
	}
	if rest == "" {
		r.problem(RuleEmptyCollector, "has no text; a collector is an address and a port", "remove the entry or write ADDRESS:PORT")
		return r
	}
	if c.badCharacter(&r, rest) {
		return r
	}
	if len(rest) >= len(udpScheme) && strings.EqualFold(rest[:len(udpScheme)], udpScheme) {
		rest = rest[len(udpScheme):]
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

const udpScheme = "udp://"

// suggest reads a text that is derived from the user's and offers it if it is right.
func (c collectorReader) suggest(r *reading, text string) {
	if c.derived {
		return
	}
	c.derived = true
	if again := c.read(text); len(again.problems) == 0 {
		r.suggestion = c.text(again.collector)
	} else if again.suggestion != "" {
		r.suggestion = again.suggestion
	}
}

// badCharacter refuses text with characters that are in no address.
func (c collectorReader) badCharacter(r *reading, text string) bool {
	for _, char := range text {
		switch {
		case char > unicode.MaxASCII:
			r.problem(RuleNonASCII, fmt.Sprintf("has %s (%U), which is not ASCII; it only looks right", strconv.QuoteRuneToASCII(char), char), "type the address again")
			c.suggest(r, asciiDigits(text))
			return true
		case char < ' ' || char == 0x7f:
			r.problem(RuleControlCharacter, fmt.Sprintf("has the control character %U", char), c.oneByOne())
			return true
		}
	}
	if strings.ContainsAny(text, " \t") {
		fields := strings.Fields(text)
		r.problem(RuleShellText, "has white space inside; the text ends up in a command line on each node", c.oneByOne())
		if len(fields) == 2 && strings.Trim(fields[1], "0123456789") == "" {
			c.suggest(r, strings.TrimSuffix(fields[0], ":")+":"+fields[1])
		}
		return true
	}
	if at := strings.IndexAny(text, "$`;|&<>(){}\\'\"*?!~#^="); at >= 0 {
		r.problem(RuleShellText, fmt.Sprintf("has %q; the text ends up in a command line on each node", text[at:at+1]), "write only ADDRESS:PORT")
		c.suggest(r, strings.Trim(text, `'"`))
		return true
	}
	return false
}

// oneByOne says how to write several collectors.
func (c collectorReader) oneByOne() string {
	if c.nodeAddress {
		return "write ADDRESS:PORT, and only a comma between two of them"
	}
	return "write one ADDRESS:PORT per list entry"
}

// asciiDigits replaces what input methods and word processors put in an address's place:
// full-width digits, dots and colons, and invisible characters.
func asciiDigits(text string) string {
	return strings.Map(func(char rune) rune {
		switch {
		case char >= 0xff01 && char <= 0xff5e: // full-width forms of ASCII
			return char - 0xff01 + '!'
		case unicode.Is(unicode.Cf, char): // zero-width space and joiners, byte order mark
			return -1
		case char == 0x3002 || char == 0x2024: // ideographic full stop, one dot leader
			return '.'
		case char > unicode.MaxASCII:
			return '?'
		}
		return char
	}, text)
}

func (c collectorReader) url(r *reading, text string) {
	scheme, rest, _ := strings.Cut(text, "://")
	r.problem(RuleURL, fmt.Sprintf("is a URL (%s); records are exported over UDP to an address and a port", Quote(scheme+"://")), "write only ADDRESS:PORT")
	rest, _, _ = strings.Cut(rest, "/")
	c.suggest(r, rest)
}

// split separates host and port without judging them.
func (c collectorReader) split(r *reading, text string) (host, port string, hasPort, ok bool) {
	if strings.HasPrefix(text, "[") {
		inside, after, closed := strings.Cut(text[1:], "]")
		switch {
		case !closed:
			r.problem(RuleNotAnAddress, `has "[" without "]"`, "write [ADDRESS]:PORT")
			c.suggest(r, text[1:])
			return "", "", false, false
		case after == "":
			return text[:len(inside)+2], "", false, true
		case after[0] != ':':
			r.problem(RuleNotAnAddress, fmt.Sprintf(`has %s behind "]" where ":" and a port belong`, Quote(after)), "write [ADDRESS]:PORT")
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
		r.problem(RuleIPv6Brackets, "is an IPv6 address without brackets; where the address ends and the port begins can't be told", "write [ADDRESS]:PORT")
		c.suggest(r, "["+try.host+"]"+try.port)
		return true
	}
	return false
}

const (
	whyNoIPv6 = "is IPv6; the Network CRD stores IPv4 collectors only"
	fixNoIPv6 = "use an IPv4 address of the collector"
)

// port reads a port; 0 means that it is missing or wrong.
func (c collectorReader) port(r *reading, text string, present bool) uint16 {
	if !present || text == "" {
		r.problem(RuleMissingPort, "has no port; there is no default", "write ADDRESS:PORT")
		return 0
	}
	digits := strings.TrimLeft(text, "0")
	if digits != text {
		r.note(RulePortZeros, "leading zeros of the port removed")
	}
	if number, err := strconv.ParseUint(digits, 10, 16); err == nil {
		return uint16(number)
	}
	r.problem(RuleInvalidPort, fmt.Sprintf("port %s %s", Quote(text), wrongWithPort(text)), "write a decimal port from 1 to 65535")
	return portMeant(text)
}

func wrongWithPort(text string) string {
	switch {
	case strings.Trim(text, "0") == "":
		return "is never a destination"
	case strings.Trim(text, "0123456789") == "":
		return "is over 65535"
	case text[0] == '+' || text[0] == '-':
		return "has a sign"
	case strings.HasPrefix(strings.ToLower(text), "0x"):
		return "is hexadecimal"
	case text[0] >= '0' && text[0] <= '9':
		return "has more than digits in it"
	case strings.ContainsFunc(text, unicode.IsLetter):
		return "is a name"
	}
	return "is not a number"
}

// portMeant guesses the port behind a wrong one, for the suggestion only; 0 if it can't.
func portMeant(text string) uint16 {
	if lower := strings.ToLower(text); strings.HasPrefix(lower, "0x") {
		number, err := strconv.ParseUint(lower[2:], 16, 16)
		if err == nil {
			return uint16(number)
		}
		return 0
	}
	digits := strings.TrimLeft(text, "+")
	if end := strings.IndexAny(digits, "/:]"); end >= 0 {
		digits = digits[:end]
	}
	number, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return 0
	}
	return uint16(number)
}

// conclude makes the collector, or the suggestion, from what was read.
func (c collectorReader) conclude(r *reading, addr netip.Addr, port uint16) {
	if addr.IsValid() && unusable(addr) {
		r.problem(RuleUnusableAddress, whyUnusable(addr), "write the address that the collector listens on")
		return
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
					p.fix += ", such as the usual one in " + strconv.Quote(c.text(netip.AddrPortFrom(addr, c.usualPort)))
				}
			}
			return
		}
		if port == 0 {
			port = c.usualPort
		}
		r.suggestion = c.text(netip.AddrPortFrom(addr, port))
	}
}

// text is the canonical text of a collector. One without an address stands for the
// node's own (":2055").
func (c collectorReader) text(collector netip.AddrPort) string {
	if !collector.Addr().IsValid() {
		return ":" + strconv.Itoa(int(collector.Port()))
	}
	return collector.String()
}
