// Package exit maps errors of commands to exit statuses. All programs use the same ones: 0 for
// success, 1 for a negative result that was printed, and 2 if there is no result, for example
// because of a wrong flag or unreadable input.
package exit

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"sluice/cmd/internal/printable"
)

// The statuses.
const (
	Success    = 0
	Negative   = 1 // something is rejected, denied, or not healthy
	Incomplete = 2 // there is no result: wrong usage, or something could not be read
)

// Error is an error with an exit status. Without Err, everything was printed already.
type Error struct {
	Status int
	Err    error
}

func (e Error) Error() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

func (e Error) Unwrap() error { return e.Err }

// With returns an error that sets the exit status and prints nothing.
func With(status int) error { return Error{Status: status} }

// Usage marks an error as an error of usage or input.
func Usage(err error) error { return Error{Status: Incomplete, Err: err} }

// Status prints an error, unless it was printed already, and returns its exit status.
func Status(err error, program string, stderr io.Writer) int {
	if err == nil {
		return Success
	}
	if text := err.Error(); text != "" {
		_, _ = fmt.Fprintln(stderr, program+": "+escaped(text, program))
	}
	if known, ok := errors.AsType[Error](err); ok {
		return known.Status
	}
	return Incomplete
}

// escaped escapes what would control the terminal, and keeps the lines of an error. No line is a command
// of a workflow: texts of files and their names may be part of the error.
func escaped(text, program string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if trimmed := strings.TrimSpace(line); i > 0 && (strings.HasPrefix(trimmed, "::") || strings.HasPrefix(trimmed, "##[")) {
			line = program + ": " + line
		}
		lines[i] = line
	}
	return printable.Block(strings.Join(lines, "\n"))
}
