package check

import (
	"errors"
	"io/fs"

	"sluice/cmd/sluice/internal/report"
	"sluice/internal/document"
)

// Report is the outcome for the output formats.
func (o Outcome) Report() report.Check {
	c := report.Check{Results: o.Results, NotJudged: o.NotJudged}
	for _, err := range o.Unreadable {
		c.Unreadable = append(c.Unreadable, problemOf(err))
	}
	return c
}

// problemOf finds the place of an error.
func problemOf(err error) report.Problem {
	if e, ok := errors.AsType[*document.ReadError](err); ok {
		return report.Problem{File: e.File, Line: e.Line, Message: e.Err.Error()}
	}
	if e, ok := errors.AsType[*FileError](err); ok {
		return report.Problem{File: e.File, Message: e.Err.Error()}
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return report.Problem{File: e.Path, Message: err.Error()}
	}
	return report.Problem{Message: err.Error()}
}

// FileError is a file that can't be read.
type FileError struct {
	File string
	Err  error
}

// Error implements error.
func (e *FileError) Error() string { return e.File + ": " + e.Err.Error() }

// Unwrap returns the reason.
func (e *FileError) Unwrap() error { return e.Err }

// namesFiles reports whether standard input or a file was named, and not only directories.
func (c Check) namesFiles() bool {
	if len(c.Rendered) > 0 {
		return true
	}
	for _, path := range c.Paths {
		if path == Stdin {
			return true
		}
		if info, err := c.Reader.Files.Stat(path); err == nil && !info.IsDir() {
			return true
		}
	}
	return false
}
