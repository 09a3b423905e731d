package document

import "fmt"

// ReadError is a place in a file from which on it can't be read.
type ReadError struct {
	File string
	// Line counts from 1.
	Line int
	// Err says why.
	Err error
}

// Error implements error.
func (e *ReadError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }

// Unwrap returns the reason.
func (e *ReadError) Unwrap() error { return e.Err }

func errorAt(file string, line int, format string, args ...any) error {
	return &ReadError{File: file, Line: line, Err: fmt.Errorf(format, args...)}
}
