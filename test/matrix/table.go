package main

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// line is one line of the table.
type line struct {
	Release, Suite, Result string
	Tests, Minutes         int
}

// The markers around the table.
const (
	begin = "<!-- begin: make matrix -->\n"
	end   = "<!-- end: make matrix -->\n"
)

// errNoMarkers means that a page has no place for the table.
var errNoMarkers = errors.New("the markers of the table are missing: " + strings.TrimSpace(begin) + " and " + strings.TrimSpace(end))

// table formats lines, the oldest release first and the suites in their order.
func table(lines []line) string {
	var b strings.Builder
	b.WriteString("| Kubernetes | Suite | Tests | Result | Minutes |\n|---|---|---|---|---|\n")
	for _, l := range lines {
		fmt.Fprintf(&b, "| %s | `%s` | %d | %s | %d |\n", l.Release, l.Suite, l.Tests, l.Result, l.Minutes)
	}
	return b.String()
}

var row = regexp.MustCompile("^\\| (1\\.\\d+) \\| `(\\w+)` \\| (\\d+) \\| (.*) \\| (\\d+) \\|$")

// parse reads the lines of a table.
func parse(text string) (lines []line) {
	for text := range strings.Lines(text) {
		if m := row.FindStringSubmatch(strings.TrimSpace(text)); m != nil {
			tests, _ := strconv.Atoi(m[3])
			minutes, _ := strconv.Atoi(m[5])
			lines = append(lines, line{Release: m[1], Suite: m[2], Result: m[4], Tests: tests, Minutes: minutes})
		}
	}
	return lines
}

// update replaces a line of the table in a page, or adds it.
func update(page string, l line) (string, error) {
	before, rest, found := strings.Cut(page, begin)
	text, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		return "", errNoMarkers
	}
	lines := slices.DeleteFunc(parse(text), func(old line) bool { return old.Release == l.Release && old.Suite == l.Suite })
	lines = append(lines, l)
	order := allSuites()
	slices.SortStableFunc(lines, func(a, b line) int {
		return cmp.Or(
			cmp.Compare(minor(a.Release), minor(b.Release)),
			cmp.Compare(slices.Index(order, a.Suite), slices.Index(order, b.Suite)),
			cmp.Compare(a.Suite, b.Suite),
		)
	})
	return before + begin + table(lines) + end + after, nil
}
