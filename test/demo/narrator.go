package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// narrator tells the user what happens, and counts what is not as it should be.
type narrator struct {
	out    io.Writer
	colour bool
	checks int
	failed int
	// gone is called when nobody reads any more.
	gone func()
}

func newNarrator(out io.Writer, colour bool, gone func()) *narrator {
	return &narrator{out: out, colour: colour, gone: gone}
}

// The ANSI colours that are used.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

func (n *narrator) paint(colour, text string) string {
	if !n.colour || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func (n *narrator) print(text string) {
	if _, err := fmt.Fprintln(n.out, text); err != nil {
		n.gone()
	}
}

func (n *narrator) chapter(title string) {
	n.print("\n" + n.paint(bold, "== "+title+" =="))
}

func (n *narrator) say(text string) { n.print("\n" + text) }

func (n *narrator) command(label, line string) {
	n.print("  " + n.paint(cyan, label) + " $ " + line)
}

// output prints what a program said, errors red and warnings yellow.
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

// check notes whether something is as it should be.
func (n *narrator) check(ok bool, why string) {
	n.checks++
	if ok {
		return
	}
	n.failed++
	n.print("  " + n.paint(red, "NOT AS IT SHOULD BE: "+why))
}

func (n *narrator) summary(took time.Duration) {
	result := n.paint(green, fmt.Sprintf("all %d answers are as they should be", n.checks))
	if n.failed > 0 {
		result = n.paint(red, fmt.Sprintf("%d of %d answers are not as they should be", n.failed, n.checks))
	}
	n.print(fmt.Sprintf("\n%s (%.1f s)", result, took.Seconds()))
}
