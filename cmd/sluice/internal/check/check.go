// Package check reads the files that a user names, reviews the documents in them, and rewrites
// the files if asked to. It is "sluice check" without flags and output.
package check

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"sluice/cmd/sluice/internal/report"
	"sluice/validation"
	"sluice/validation/policy"
)

// Check is what to check, and how.
type Check struct {
	Reader Reader
	// Paths are files, directories or Stdin. Directories are searched for YAML and JSON files.
	Paths []string
	// Rendered are texts that were rendered from other files. They are not rewritten.
	Rendered []Rendered
	// Old is the path of a file with the stored objects; empty means that they are not known.
	// Stored is the content of such a file, read from a cluster.
	Old    string
	Stored []byte
	// Replace says that whole objects replace the stored ones, as "kubectl replace" does; otherwise,
	// they are applied by the field manager.
	Replace      bool
	FieldManager string
	// Fix rewrites files whose documents are valid but not canonical.
	Fix     bool
	Options validation.Options
	// Policies are files or directories with FlowExportPolicies, which are evaluated for User.
	// ClusterPolicies are further policies, read from a cluster.
	Policies        []string
	ClusterPolicies []policy.Policy
	User            validation.User
	// Tenant is the namespace of FlowExports that name none.
	Tenant Tenant
	// Exempt names the users to whom no policy applies.
	Exempt []string
	// Ignore are patterns of paths that are not checked, as in a .dockerignore file.
	Ignore []string
	// AllowNothing says that it is no error if a named file or standard input has nothing to judge.
	AllowNothing bool
	// AllowNotJudged says that it is no failure if there are only documents that can't be judged.
	AllowNotJudged bool
	// Server, if set, evaluates each document in a dry run.
	Server *Server
}

// Rendered is a text that was rendered from other files.
type Rendered struct {
	// Name is shown in place of the name of a file.
	Name string
	Text []byte
}

// Outcome is the result of a check.
type Outcome struct {
	// Results are the verdicts in the order of the paths, and of the documents in a file. For a
	// file that was rewritten they are the verdicts on the new text.
	Results []report.Result
	// Fixed are the files that were rewritten.
	Fixed []Fixed
	// Unfixed are the places that should have been rewritten, but can't be.
	Unfixed []error
	// LeftOut are files that can't be read, and that name neither the lists nor the ConfigMap.
	LeftOut []string
	// NotJudged are documents that name them in a form that can't be judged, for example in a patch
	// inside a kustomization.
	NotJudged []report.NotJudged
	// RemovalsUnknown says that policies were evaluated without the stored objects, so that it is not
	// known what a change removes.
	RemovalsUnknown bool
	// Nothing says that there was nothing to judge in what was named: standard input, or a file.
	Nothing bool
	// AllowNotJudged is that of the check.
	AllowNotJudged bool
	// Unreadable are the errors of files that could not be read, or not completely.
	Unreadable []error
}

// Fixed is one file that was rewritten.
type Fixed struct {
	File string
	// Findings say what was rewritten.
	Findings []validation.Finding
}

// Class summarizes an outcome. Its value is the exit status of the command.
type Class int

// The classes.
const (
	Passed     Class = 0 // everything is accepted or normalized
	Failed     Class = 1 // something is rejected or denied
	Incomplete Class = 2 // something could not be checked
)

// Class summarizes the outcome. With strict, warnings count as failures.
func (o Outcome) Class(strict bool) Class {
	if len(o.Unreadable) > 0 || o.Nothing {
		return Incomplete
	}
	if len(o.Unfixed) > 0 || strict && len(o.NotJudged) > 0 || o.OnlyNotJudged() {
		return Failed
	}
	if slices.ContainsFunc(o.Results, func(r report.Result) bool { return r.Outcome() == report.NoVerdict }) {
		return Incomplete
	}
	for _, r := range o.Results {
		switch r.Outcome() {
		case validation.Rejected, validation.Denied:
			return Failed
		case validation.Accepted, validation.Normalized:
			if strict && r.HasWarnings() {
				return Failed
			}
		}
	}
	return Passed
}

// OnlyNotJudged reports whether there are only documents that can't be judged, and that is a failure.
func (o Outcome) OnlyNotJudged() bool {
	return len(o.NotJudged) > 0 && len(o.Results) == 0 && !o.AllowNotJudged
}

// Run checks all files. An error means that nothing was checked; problems with single files are
// part of the outcome.
func (c Check) Run(ctx context.Context) (Outcome, error) {
	outcome := Outcome{AllowNotJudged: c.AllowNotJudged}
	stored, err := c.readStored()
	if err != nil {
		return outcome, err
	}
	base, err := c.base()
	if err != nil {
		return outcome, err
	}
	files, problems := c.Reader.Search(c.Paths)
	outcome.Unreadable = problems
	if files, err = c.withoutIgnored(files); err != nil {
		return outcome, err
	}
	r := &reviewer{old: stored, base: base, keep: c.Fix || c.Server != nil}
	all := c.checkAll(ctx, files, r)
	for _, text := range c.Rendered {
		all, files = append(all, c.checkText(ctx, text.Name, text.Text, r)), append(files, text.Name)
	}
	r.across(all)
	r.quotas(all)
	for _, f := range all {
		outcome.add(f)
	}
	for i, f := range all {
		if f.leftOut {
			outcome.LeftOut = append(outcome.LeftOut, shown(files[i]))
		}
	}
	outcome.RemovalsUnknown = stored == nil && (base.Policies != nil && len(outcome.Results) > 0 || slices.ContainsFunc(all, func(f checked) bool { return f.needsStored }))
	nothing := len(outcome.Results)+len(outcome.NotJudged)+len(outcome.Unreadable) == 0
	outcome.Nothing = nothing && !c.AllowNothing && c.namesFiles()
	if !c.AllowNothing {
		named := c.named()
		for i, f := range all {
			if named[filepath.Clean(files[i])] && f.isEmpty() {
				outcome.Unreadable = append(outcome.Unreadable, &FileError{shown(files[i]), errNothing})
			}
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
	for _, n := range f.notJudged {
		o.NotJudged = append(o.NotJudged, report.NotJudged{File: n.File, Line: n.Line, Reason: n.What, Hint: n.Hint})
	}
	if f.unreadable != nil && !f.leftOut {
		o.Unreadable = append(o.Unreadable, f.unreadable)
	}
}
