package check

import (
	"errors"
	"io/fs"
	"path/filepath"

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

var errNothing = errors.New("nothing to check: it has no Network of operator.openshift.io, no patch for one, no ConfigMap ovs-flows-config and no FlowCollector; if that is no error, use --allow-nothing")

// named are standard input and the files that were named by themselves.
func (c Check) named() map[string]bool {
	named := map[string]bool{}
	for _, path := range c.Paths {
		if path == Stdin {
			named[path] = true
		} else if info, err := c.Reader.Files.Stat(path); err == nil && !info.IsDir() {
			named[filepath.Clean(path)] = true
		}
	}
	for _, text := range c.Rendered {
		named[filepath.Clean(text.Name)] = true
	}
	return named
}

// isEmpty reports whether a file has nothing that could be judged, and no error either.
func (f checked) isEmpty() bool {
	return len(f.results)+len(f.notJudged) == 0 && f.unreadable == nil
}
