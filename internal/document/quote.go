package document

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"

	"go.yaml.in/yaml/v3"
)

// quote writes a text as a scalar in the style of the replaced scalar, or in double quotes if that
// style can't represent it.
func quote(text string, style yaml.Style, flow bool) string {
	switch {
	case style&yaml.DoubleQuotedStyle != 0:
	case style&yaml.SingleQuotedStyle != 0 && printable(text):
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	case style&yaml.SingleQuotedStyle == 0 && plain(text, flow):
		return text
	}
	if printable(text) && !strings.ContainsAny(text, `"\`) {
		return `"` + text + `"`
	}
	var quoted strings.Builder
	quoted.WriteByte('"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			quoted.WriteString(`\` + string(c))
		case unicode.IsPrint(c):
			quoted.WriteRune(c)
		default: // escapes that JSON and YAML share
			for _, unit := range utf16.AppendRune(nil, c) {
				quoted.WriteString(`\u` + strconv.FormatUint(uint64(unit)+0x10000, 16)[1:])
			}
		}
	}
	quoted.WriteByte('"')
	return quoted.String()
}

// quoteAll writes the items of a flow list.
func quoteAll(texts []string, style yaml.Style, separator string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = quote(text, style, true)
	}
	return strings.Join(quoted, separator)
}

func printable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// plain reports whether a text needs no quotes: IPv4 collectors, unless they are joined by commas
// in a flow collection. Everything else is quoted, so that nothing becomes a number.
func plain(text string, flow bool) bool {
	pieces := strings.Split(text, ",")
	if flow && len(pieces) > 1 {
		return false
	}
	for _, piece := range pieces {
		if a, err := netip.ParseAddrPort(piece); err != nil || !a.Addr().Is4() {
			return false
		}
	}
	return true
}
