package check

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"sluice/cmd/sluice/internal/report"
	"sluice/internal/document"
	"sluice/validation"
)

// checked is the outcome of one file.
type checked struct {
	results []report.Result
	// networks and configs are the documents that may be compared with one of the other kind.
	networks, configs candidates
	// exports are the FlowExports that count for a quota.
	exports    []newExport
	fixed      *Fixed
	unfixed    error
	unreadable error
	// notJudged are documents that name the lists in a form that can't be judged.
	notJudged []document.NotJudged
	// leftOut says that it can't be read, and names neither the lists nor the ConfigMap.
	leftOut bool
	// needsStored says that a document depends on the stored object.
	needsStored bool
}

// checkAll checks the files, as many at a time as there are processors, and returns the
// outcomes in the order of the files.
func (c Check) checkAll(ctx context.Context, files []string, r *reviewer) []checked {
	all := make([]checked, len(files))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		workers.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(files) {
					return
				}
				all[i] = c.checkFile(ctx, files[i], r)
			}
		})
	}
	workers.Wait()
	return all
}

func (c Check) checkFile(ctx context.Context, path string, r *reviewer) checked {
	data, err := c.Reader.Read(path)
	if err != nil {
		return checked{unreadable: err, leftOut: errors.Is(err, fs.ErrNotExist) || errors.Is(err, errTooLarge) && !c.Reader.mentions(path)}
	}
	out, reviewed := r.text(shown(path), data)
	if c.Fix && out.unreadable == nil && path != Stdin {
		rewritten, err := c.fix(path, data, r)
		switch {
		case err != nil:
			out.unfixed = err
		case rewritten != nil:
			out.fixed, reviewed = &rewritten.fixed, rewritten.after
		}
	}
	return c.evaluated(ctx, out, reviewed)
}

// checkText checks a text that is no file.
func (c Check) checkText(ctx context.Context, name string, data []byte, r *reviewer) checked {
	out, reviewed := r.text(name, data)
	return c.evaluated(ctx, out, reviewed)
}

// text reviews the text of a file.
func (r *reviewer) text(name string, data []byte) (checked, review) {
	reviewed, err := r.review(name, data)
	if err != nil && len(reviewed.results)+len(reviewed.notJudged) == 0 && !document.Mentions(data) {
		return checked{unreadable: err, leftOut: true}, reviewed
	}
	return checked{unreadable: err, notJudged: reviewed.notJudged}, reviewed
}

// evaluated adds the results, with the answers of the API server if it is asked.
func (c Check) evaluated(ctx context.Context, out checked, reviewed review) checked {
	out.needsStored = reviewed.needsStored
	out.results, out.networks, out.configs, out.exports = reviewed.results, reviewed.networks, reviewed.configs, reviewed.exports
	if c.Server != nil {
		for i := range out.results {
			if err := c.Server.evaluate(ctx, reviewed.documents[i], &out.results[i]); err != nil {
				out.unreadable = errors.Join(out.unreadable, err)
			}
		}
	}
	return out
}

// reviewer reviews files with the same stored objects, options and policies.
type reviewer struct {
	old  *storedObjects
	base validation.Input
	// keep says that the documents of a file are needed after their reviews.
	keep bool
}

// review has the verdict on each document of a file.
type review struct {
	results []report.Result
	// documents are those of the results, if the reviewer keeps them.
	documents         []document.Document
	networks, configs candidates
	exports           []newExport
	notJudged         []document.NotJudged
	needsStored       bool
}

// review parses a file and reviews its documents. An error comes with the documents that could
// be reviewed.
func (r *reviewer) review(name string, data []byte) (review, error) {
	var reviewed review
	var problems []error
	file, err := document.Each(name, data, func(d document.Document) {
		d, in, err := r.old.input(d, r.base)
		if err != nil {
			problems = append(problems, err)
			return
		}
		reviewed.compared(d)
		reviewed.counts(d, in)
		reviewed.needsStored = reviewed.needsStored || d.NeedsStored
		if r.keep {
			reviewed.documents = append(reviewed.documents, d)
		}
		verdict := addFindings(validation.Review(in), d.Findings)
		reviewed.results = append(reviewed.results, report.Result{File: d.File, Line: d.Line, Kind: string(d.Kind), Name: d.Name, Verdict: verdict, Canonical: canonical(d, verdict)})
	})
	reviewed.notJudged = file.NotJudged
	return reviewed, errors.Join(append([]error{err}, problems...)...)
}

// canonical counts the warnings about null where the file turns a list off.
func canonical(d document.Document, v validation.Verdict) int {
	count := 0
	for _, f := range v.Warnings {
		if f.Rule == validation.RuleEmptyList && d.WritesNull(f.Field) {
			count++
		}
	}
	return count
}

// verdicts are those of the results.
func (r review) verdicts() []validation.Verdict {
	verdicts := make([]validation.Verdict, 0, len(r.results))
	for _, result := range r.results {
		verdicts = append(verdicts, result.Verdict)
	}
	return verdicts
}

// addFindings adds the errors that only a file can show. An object with errors is not edited.
func addFindings(v validation.Verdict, found []validation.Finding) validation.Verdict {
	if len(found) == 0 {
		return v
	}
	v.Errors = append(slices.Clone(v.Errors), found...)
	slices.SortStableFunc(v.Errors, func(a, b validation.Finding) int {
		return cmp.Or(cmp.Compare(a.Position.Line, b.Position.Line), cmp.Compare(a.Position.Column, b.Position.Column))
	})
	v.Edits = nil
	return v
}
