package printable

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// escaped is a character as Go escapes it.
func escaped(c rune) string { return strings.Trim(strconv.QuoteRuneToASCII(c), "'") }

// JSON escapes in a text of JSON what Escape escapes, in the way of JSON: the values stay the same. So do line
// breaks and tabs, which are only between values.
func JSON(text []byte) []byte { return inQuotes(text, true) }

// YAML does the same to a text of JSON that is read as YAML, which has no surrogates.
func YAML(text []byte) []byte { return inQuotes(text, false) }

func inQuotes(text []byte, surrogates bool) []byte {
	if bytes.IndexFunc(text, isRaw) < 0 {
		return text
	}
	var out bytes.Buffer
	for _, c := range string(text) {
		switch first, second := utf16.EncodeRune(c); {
		case !isRaw(c):
			out.WriteRune(c)
		case c > 0xffff && !surrogates:
			fmt.Fprintf(&out, `\U%08x`, c)
		case c > 0xffff:
			fmt.Fprintf(&out, `\u%04x\u%04x`, first, second)
		default:
			fmt.Fprintf(&out, `\u%04x`, c)
		}
	}
	return out.Bytes()
}

func isRaw(c rune) bool { return c != '\n' && c != '\t' && c != '\r' && isUnprintable(c) }

// HasRaw reports whether a text has, besides its line breaks and tabs, something that Escape escapes.
func HasRaw(text []byte) bool { return bytes.IndexFunc(text, isRaw) >= 0 }

// Values applies a function such as Line to all texts of a value in JSON. Numbers stay as they are written.
func Values(text []byte, apply func(string) string) []byte {
	if !bytes.ContainsRune(text, '\\') && !HasRaw(text) {
		return text
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return JSON(text)
	}
	out, err := json.Marshal(walk(value, apply))
	if err != nil {
		return JSON(text)
	}
	return out
}

func walk(value any, apply func(string) string) any {
	switch v := value.(type) {
	case string:
		return apply(v)
	case []any:
		for i := range v {
			v[i] = walk(v[i], apply)
		}
	case map[string]any:
		applied := make(map[string]any, len(v))
		for key, inner := range v {
			applied[apply(key)] = walk(inner, apply)
		}
		return applied
	}
	return value
}
