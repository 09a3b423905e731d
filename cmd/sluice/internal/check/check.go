// Package check reads the files that a user names, judges the documents in them, and
// rewrites the files where asked to. It is what "sluice check" does, without flags and
// output.
package check

import (
	"context"
	"fmt"
	"io"

	"sluice/cmd/sluice/internal/report"
	"sluice/validation"
	"sluice/validation/policy"
)

// StdinName is how standard input is named in results.
const StdinName = "<stdin>"

// Stdin is the path that stands for standard input.
const Stdin = "-"

// Check is what to check, and how.
type Check struct {
	// Paths are files, directories, which are searched for YAML and JSON files, or Stdin.
	Paths []string
	// Old is a file with the objects as they are stored; empty for none. Stored are such
	// objects as text, from elsewhere than a file.
	Old    string
	Stored []byte
	// Fix rewrites files whose documents are right but not canonical.
	Fix     bool
	Options validation.Options
	// Policies are files or directories with FlowExportPolicies, which judge what User
	// changes; users named Exempt are not judged.
	Policies []string
	// Live are further policies, from elsewhere than files.
	Live   []policy.Policy
	User   validation.User
	Exempt []string
	Stdin  io.Reader
	Files  Files
}

// Outcome is what a check found.
type Outcome struct {
	// Results are the verdicts, in the order of the paths, and of the documents in a file.
	// Of files that were rewritten they are the verdicts on the new text.
	Results []report.Result
	// Fixed are the files that were rewritten.
	Fixed []Fixed
	// Unfixed say which places of a file should have been rewritten but can't be.
	Unfixed []error
	// Foreign are files that can't be parsed because they are templates, of objects that are
	// not judged.
	Foreign []string
	// Overlooked are files that name what is judged, in a form that is none by itself: a
	// patch inside a kustomization, for example.
	Overlooked []string
	// Unreadable say which files were not, or not wholly, checked.
	Unreadable []error
}

// Fixed is one file that was rewritten.
type Fixed struct {
	File string
	// Findings tell what was rewritten.
	Findings []validation.Finding
}

// Class sums an outcome up, as the exit status of a command does.
type Class int

// The classes.
const (
	Passed     Class = 0 // everything is accepted, if need be in canonical form
	Failed     Class = 1 // something is refused
	Incomplete Class = 2 // something could not be checked
)

// Class sums the outcome up. With strict, warnings fail as well.
func (o Outcome) Class(strict bool) Class {
	if len(o.Unreadable) > 0 {
		return Incomplete
	}
	if len(o.Unfixed) > 0 || strict && len(o.Overlooked) > 0 {
		return Failed
	}
	for _, r := range o.Results {
		switch r.Verdict.Outcome() {
		case validation.Rejected, validation.Denied:
			return Failed
		case validation.Accepted, validation.Normalized:
			if strict && len(r.Verdict.Warnings)+len(r.Verdict.Warned) > 0 {
				return Failed
			}
		}
	}
	return Passed
}

// Run checks everything. An error says that nothing could be checked; what is wrong with
// single files is part of the outcome.
func (c Check) Run(ctx context.Context) (Outcome, error) {
	var outcome Outcome
	stored, err := c.readOld()
	if err != nil {
		return outcome, err
	}
	base, err := c.base()
	if err != nil {
		return outcome, err
	}
	files, problems := c.collect()
	outcome.Unreadable = problems
	all := c.readAll(ctx, files, stored, base)
	for _, f := range all {
		outcome.add(f)
	}
	for i, f := range all {
		if f.foreign {
			outcome.Foreign = append(outcome.Foreign, shown(files[i]))
		}
		if f.overlooked {
			outcome.Overlooked = append(outcome.Overlooked, shown(files[i]))
		}
	}
	if err := ctx.Err(); err != nil {
		return outcome, fmt.Errorf("check: %w", err)
	}
	return outcome, nil
}

func (o *Outcome) add(f checked) {
	o.Results = append(o.Results, f.results...)
	if f.fixed != nil {
		o.Fixed = append(o.Fixed, *f.fixed)
	}
	if f.unfixed != nil {
		o.Unfixed = append(o.Unfixed, f.unfixed)
	}
	if f.unreadable != nil {
		o.Unreadable = append(o.Unreadable, f.unreadable)
	}
}
