package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"sluice/validation"
)

// The terminal escapes (ECMA-48) that colorize text.
const (
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	green  = "\x1b[32m"
	bold   = "\x1b[1m"
	plain  = "\x1b[0m"
)

// painter colorizes text if it is true.
type painter bool

func (p painter) paint(style, text string) string {
	if !p {
		return text
	}
	return style + text + plain
}

func writeText(w io.Writer, c Check, color bool) error {
	out := bufio.NewWriter(w)
	p := painter(color)
	for _, r := range c.Results {
		file := escapeFile(r.File)
		for _, i := range r.issues() {
			if i.unanswered && r.Outcome() == NoVerdict {
				continue // the last line says it
			}
			place := fmt.Sprintf("%s:%d:", file, r.line(i))
			if i.at.Column > 0 {
				place += strconv.Itoa(i.at.Column) + ":"
			}
			severity := p.paint(yellow, "warning:")
			if i.failure {
				severity = p.paint(red, "error:")
			}
			fmt.Fprintln(out, p.paint(bold, place), severity, escapeControl(i.text))
		}
		for _, note := range r.notes() {
			fmt.Fprintln(out, p.paint(bold, fmt.Sprintf("%s:%d:", file, r.Line)), "note:", escapeControl(note))
		}
		outcome := r.Outcome()
		why := ""
		if outcome == NoVerdict {
			why = ": " + escapeControl(r.Server.NoAnswer)
		}
		fmt.Fprintf(out, "%s %s: %s%s\n", p.paint(bold, fmt.Sprintf("%s:%d:", file, r.Line)), escapeControl(r.title()), p.paint(colorOf(outcome), lower(outcome)), why)
	}
	fmt.Fprintln(out, summarize(c))
	return out.Flush()
}

func colorOf(o validation.Outcome) string {
	switch o {
	case validation.Accepted:
		return green
	case validation.Normalized:
		return yellow
	case validation.Rejected, validation.Denied:
	}
	return red
}

// Escape escapes characters in a text of a file that would break the line or control the terminal.
func Escape(text string) string { return escapeControl(text) }

// escapeFile is the name of a file at the start of a line, which is no command of a workflow there.
func escapeFile(name string) string {
	name = escapeControl(name)
	if trimmed := strings.TrimSpace(name); strings.HasPrefix(trimmed, "::") || strings.HasPrefix(trimmed, "##[") {
		return "./" + name
	}
	return name
}

// escapeControl escapes characters that would break the line or control the terminal. Names of
// files and keys come from the user.
func escapeControl(text string) string {
	if strings.IndexFunc(text, isControl) < 0 {
		return text
	}
	var out strings.Builder
	for _, c := range text {
		if isControl(c) {
			out.WriteString(strings.Trim(strconv.QuoteRuneToASCII(c), "'"))
			continue
		}
		out.WriteRune(c)
	}
	return out.String()
}

func isControl(c rune) bool {
	return unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || c == '\u2028' || c == '\u2029'
}
