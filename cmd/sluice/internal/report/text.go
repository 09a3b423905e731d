package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"sluice/cmd/internal/printable"
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
			fmt.Fprintln(out, p.paint(bold, place), severity, printable.Escape(i.text))
		}
		for _, note := range r.notes() {
			fmt.Fprintln(out, p.paint(bold, fmt.Sprintf("%s:%d:", file, r.Line)), "note:", printable.Escape(note))
		}
		outcome := r.Outcome()
		why := ""
		if outcome == NoVerdict {
			why = ": " + printable.Escape(r.Server.NoAnswer)
		}
		fmt.Fprintf(out, "%s %s: %s%s\n", p.paint(bold, fmt.Sprintf("%s:%d:", file, r.Line)), printable.Escape(r.title()), p.paint(colorOf(outcome), lower(outcome)), why)
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

// escapeFile is the name of a file at the start of a line, which is no command of a workflow there.
func escapeFile(name string) string {
	name = printable.Escape(name)
	if trimmed := strings.TrimSpace(name); strings.HasPrefix(trimmed, "::") || strings.HasPrefix(trimmed, "##[") {
		return "./" + name
	}
	return name
}
