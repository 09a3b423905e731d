package validation

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
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
		return "cannot be a destination"
	case strings.Trim(text, "0123456789") == "":
		return "is greater than 65535"
	case text[0] == '+' || text[0] == '-':
		return "has a sign"
	case strings.HasPrefix(strings.ToLower(text), "0x"):
		return "is hexadecimal"
	case text[0] >= '0' && text[0] <= '9':
		return "contains characters other than digits"
	case strings.ContainsFunc(text, unicode.IsLetter):
		return "is a name"
	}
	return "is not a number"
}

// portMeant guesses the intended port, for the suggestion only; 0 if there is no guess.
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

// RuleMissingPort finds an address without a port.
const RuleMissingPort Rule = "missing-port"

func missingPort() Check {
	return Check{
		Rule: RuleMissingPort, Effect: Rejects,
		Summary: "An address without a port",
		Example: "`192.168.1.99` has no port, and neither OVN-Kubernetes nor Open vSwitch adds one.\n" +
			"Write `192.168.1.99:2055`. The usual ports are 2055 for NetFlow, 6343 for sFlow, and 4739 for IPFIX.",
	}
}

// RuleInvalidPort finds a port that is not a decimal number from 1 to 65535.
const RuleInvalidPort Rule = "invalid-port"

func invalidPort() Check {
	return Check{
		Rule: RuleInvalidPort, Effect: Rejects,
		Summary: "A port that is not a decimal number from 1 to 65535",
		Example: "`192.168.1.99:0`, `192.168.1.99:70000`, `192.168.1.99:netflow`, and `192.168.1.99:0x807` have no usable port.\n" +
			"Write `192.168.1.99:2055`: decimal digits, from 1 to 65535.",
	}
}

// RulePortZeros finds leading zeros of a port.
const RulePortZeros Rule = "port-leading-zeros"

func portLeadingZeros() Check {
	return Check{
		Rule: RulePortZeros, Effect: Normalizes,
		Summary: "Leading zeros of a port are removed",
		Example: "`192.168.1.99:02055` means port 2055.\n" +
			"Stored as `192.168.1.99:2055`.",
	}
}
