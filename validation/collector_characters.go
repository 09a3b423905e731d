package validation

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// badCharacter refuses text with characters that are in no address.
func (c collectorReader) badCharacter(r *reading, text string) bool {
	if what, fix := placeholder(text); what != "" {
		r.problem(RulePlaceholder, what, fix)
		return true
	}
	for _, char := range text {
		switch {
		case char > unicode.MaxASCII:
			r.problem(RuleNonASCII, fmt.Sprintf("contains %s (%U), which is not ASCII and only looks correct", strconv.QuoteRuneToASCII(char), char), "type the address again")
			r.meant = asciiDigits(text)
			return true
		case char < ' ' || char == 0x7f:
			r.problem(RuleControlCharacter, fmt.Sprintf("contains the control character %U", char), c.oneByOne())
			return true
		}
	}
	if strings.ContainsAny(text, " \t") {
		fields := strings.Fields(text)
		r.problem(RuleShellText, "contains white space; "+c.effect("the text is used in a command line on each node", "no address has any"), c.oneByOne())
		if len(fields) == 2 && strings.Trim(fields[1], "0123456789") == "" {
			r.meant = strings.TrimSuffix(fields[0], ":") + ":" + fields[1]
		}
		return true
	}
	if at := strings.IndexAny(text, "$`;|&<>(){}\\'\"*?!~#^="); at >= 0 {
		r.problem(RuleShellText, fmt.Sprintf("contains %q; %s", text[at:at+1], c.effect("the text is used in a command line on each node", "no address has that")), "write only ADDRESS:PORT")
		r.meant = strings.Trim(text, `'"`)
		return true
	}
	return false
}

// oneByOne says how to write several collectors.
func (c collectorReader) oneByOne() string {
	if c.nodeAddress {
		return "write ADDRESS:PORT, and separate collectors only by commas"
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

// RuleShellText finds characters that a shell or a template would interpret.
const RuleShellText Rule = "shell-text"

func shellText() Check {
	return Check{
		Rule: RuleShellText, Effect: Rejects,
		Summary: "Characters that a shell or a template would interpret",
		Example: "`192.168.1.99:2055 --loglevel 5`, `$(reboot):2055`, and quotes inside the text reach a command line on each node.\n" +
			"Write `192.168.1.99:2055` and nothing else.",
	}
}

// RuleControlCharacter finds a control character inside the text.
const RuleControlCharacter Rule = "control-character"

func controlCharacter() Check {
	return Check{
		Rule: RuleControlCharacter, Effect: Rejects,
		Summary: "A control character inside the text",
		Example: "`\"192.168.1.99:2055\\n192.168.1.100:2055\"` contains a line break.\n" +
			"Write one entry for each collector: `192.168.1.99:2055` and `192.168.1.100:2055`.",
	}
}

// RuleNonASCII finds a character outside ASCII, such as a look-alike digit or a zero-width space.
const RuleNonASCII Rule = "non-ascii"

func nonASCII() Check {
	return Check{
		Rule: RuleNonASCII, Effect: Rejects,
		Summary: "A character outside ASCII, such as a look-alike digit or a zero-width space",
		Example: `Full-width digits, zero-width spaces, and typographic characters look correct but are not.` + "\n" +
			"Type the address again: `192.168.1.99:2055`. Messages show such characters as `\\u200b`.",
	}
}
