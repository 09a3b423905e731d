package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// narrator prints what happens, and counts the unexpected answers.
type narrator struct {
	out    io.Writer
	color  bool
	checks int
	failed int
	// onClosed is called when the output can no longer be written.
	onClosed func()
}

func newNarrator(out io.Writer, color bool, onClosed func()) *narrator {
	return &narrator{out: out, color: color, onClosed: onClosed}
}

// ANSI colors.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

func (n *narrator) paint(color, text string) string {
	if !n.color || text == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

func (n *narrator) print(text string) {
	if _, err := fmt.Fprintln(n.out, text); err != nil {
		n.onClosed()
	}
}

func (n *narrator) chapter(title string) {
	n.print("\n" + n.paint(bold, "== "+title+" =="))
}

func (n *narrator) say(text string) { n.print("\n" + text) }

func (n *narrator) command(label, line string) {
	n.print("  " + n.paint(cyan, label) + " $ " + line)
}

// output prints the output of a program, with errors in red and warnings in yellow.
func (n *narrator) output(text string, failed bool) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "Warning:"):
			line = n.paint(yellow, line)
		case failed:
			line = n.paint(red, line)
		}
		n.print("      " + line)
	}
}

// check counts an answer, and prints why it is unexpected.
func (n *narrator) check(ok bool, why string) {
	n.checks++
	if ok {
		return
	}
	n.failed++
	n.print("  " + n.paint(red, "UNEXPECTED: "+why))
}

func (n *narrator) summary(took time.Duration) {
	result := n.paint(green, fmt.Sprintf("all %d answers are as expected", n.checks))
	if n.failed > 0 {
		result = n.paint(red, fmt.Sprintf("%d of %d answers are unexpected", n.failed, n.checks))
	}
	n.print(fmt.Sprintf("\n%s (%.1f s)", result, took.Seconds()))
}
