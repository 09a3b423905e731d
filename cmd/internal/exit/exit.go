// Package exit maps the errors of the commands to exit statuses. All programs use the same:
// 0 for success, 1 for a negative answer that was printed, 2 for a question that could not be
// answered, such as wrong flags or unreadable input.
package exit

import (
	"errors"
	"fmt"
	"io"
)

// The statuses.
const (
	Success    = 0
	Negative   = 1 // the answer is no: something is rejected, denied, or not healthy
	Incomplete = 2 // there is no answer: wrong usage, or something could not be read
)

// Error is an error that chooses the exit status. Without Err, everything was printed already.
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

// With ends the program with a status and prints nothing.
func With(status int) error { return Error{Status: status} }

// Usage marks an error as one of usage or input.
func Usage(err error) error { return Error{Status: Incomplete, Err: err} }

// Status prints an error that was not printed yet, and returns the exit status for it.
func Status(err error, program string, stderr io.Writer) int {
	if err == nil {
		return Success
	}
	if text := err.Error(); text != "" {
		_, _ = fmt.Fprintln(stderr, program+": "+text)
	}
	if known, ok := errors.AsType[Error](err); ok {
		return known.Status
	}
	return Incomplete
}
