package document

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// syntaxError moves the line of an error of the YAML parser to the front, where editors and people
// expect it. first is the line of the file where data starts.
func syntaxError(name string, data []byte, first int, err error) error {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1 // the parser does not name the first line
	if rest, found := strings.CutPrefix(message, "line "); found {
		if number, text, found := strings.Cut(rest, ": "); found {
			if n, err := strconv.Atoi(number); err == nil {
				line, message = n, text
			}
		}
		if countsFromZero(message) {
			line = min(line+1, lastLine(data)) // the end of the file counts as a line of its own
		}
	} else if at := offender(data, message); at >= 0 {
		p := place{line: 1, column: 1}
		p.advance(data, at)
		line = p.line
	}
	if at := withoutQuotes.FindIndex(data); at != nil {
		p := place{line: 1, column: 1}
		p.advance(data, at[1])
		line = p.line
		message = "an IPv6 collector without quotes; write it in quotes: \"[2001:db8::1]:4739\""
	}
	if bytes.Contains(data, []byte("{%")) {
		message += "; if this is a template, such as one of Jinja, check what it renders to"
	} else if bytes.Contains(data, []byte(templateOpening)) {
		message += "; if this is a template, check the rendered objects: helm template CHART | sluice check -"
	}
	return errorAt(name, line+first-1, "not valid YAML: %s", message)
}

// withoutQuotes finds the first IPv6 collector that the parser takes for a list in brackets.
var withoutQuotes = regexp.MustCompile(`(?m)^[ \t]*(-|[A-Za-z]+:)[ \t]+\[[0-9A-Fa-f.:]*:[0-9A-Fa-f.:]*\]:[0-9]+`)

func lastLine(data []byte) int {
	end := place{line: 1, column: 1}
	end.advance(data, len(bytes.TrimRight(data, "\r\n")))
	return end.line
}

// countsFromZero reports whether an error is one of the parser's grammar, whose lines count from 0.
// Those of its scanner count from 1.
func countsFromZero(message string) bool {
	return slices.ContainsFunc([]string{
		"did not find expected node content", "did not find expected key", "did not find expected '-' indicator",
		"did not find expected ',' or", "did not find expected <", "found undefined tag handle",
		"found duplicate %", "found incompatible YAML document",
	}, func(prefix string) bool { return strings.HasPrefix(message, prefix) })
}

// offender finds the text that an error without a place is about; -1 if that is unknown.
func offender(data []byte, message string) int {
	if rest, found := strings.CutPrefix(message, "unknown anchor '"); found {
		anchor, _, _ := strings.Cut(rest, "'")
		return bytes.Index(data, []byte("*"+anchor))
	}
	if strings.Contains(message, "UTF-8") {
		for at := 0; at < len(data); {
			c, size := utf8.DecodeRune(data[at:])
			if c == utf8.RuneError && size == 1 {
				return at
			}
			at += size
		}
	}
	if strings.HasPrefix(message, "control characters") {
		return bytes.IndexFunc(data, func(c rune) bool {
			return c < ' ' && !strings.ContainsRune("\t\n\r", c) || c == 0x7f
		})
	}
	return -1
}
