// Package printable makes texts of others printable: no text of an object, of a file or of a server
// controls a terminal, changes the order of what is shown, or looks like a line of the program.
package printable

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line is a text in one line: breaks and tabs are spaces, and what is left is escaped as by Escape.
func Line(text string) string {
	return Escape(strings.Map(func(c rune) rune {
		switch c {
		case '\t', '\n', '\v', '\f', '\r', '\u0085', '\u2028', '\u2029':
			return ' '
		}
		return c
	}, text))
}

// Lines is Line for each of some texts.
func Lines(texts []string) []string {
	list := make([]string, len(texts))
	for i, text := range texts {
		list[i] = Line(text)
	}
	return list
}

// Escape escapes what would break a line, control a terminal or be invisible, as a text in Go does: controls,
// line and paragraph separators, and format characters, among them those that change the direction of text.
// Bytes that are not UTF-8 become U+FFFD.
func Escape(text string) string {
	if !Has(text) {
		return text
	}
	var out strings.Builder
	for _, c := range text {
		if isUnprintable(c) {
			out.WriteString(escaped(c))
		} else {
			out.WriteRune(c)
		}
	}
	return out.String()
}

// Block is Escape for each line of a text. Tabs stay.
func Block(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		cells := strings.Split(strings.TrimSuffix(line, "\r"), "\t")
		for j, cell := range cells {
			cells[j] = Escape(cell)
		}
		lines[i] = strings.Join(cells, "\t")
	}
	return strings.Join(lines, "\n")
}

// Has reports whether Escape changes a text.
func Has(text string) bool {
	return !utf8.ValidString(text) || strings.IndexFunc(text, isUnprintable) >= 0
}

func isUnprintable(c rune) bool {
	return unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || c == '\u2028' || c == '\u2029'
}
