package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"sluice/cmd/sluice/internal/report"
	"sluice/internal/document"
	"sluice/validation"
)

// checked is what came of one file.
type checked struct {
	results    []report.Result
	fixed      *Fixed
	unfixed    error
	unreadable error
	foreign    bool
	// overlooked says that the file names what is judged, but nothing in it could be.
	overlooked bool
}

// readAll checks the files, as many at a time as there are processors. What comes of them
// is in their order.
func (c Check) readAll(ctx context.Context, files []string, old *stored, base validation.Input) []checked {
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
				all[i] = c.file(files[i], old, base)
			}
		})
	}
	workers.Wait()
	return all
}

// file checks one file.
func (c Check) file(path string, old *stored, base validation.Input) checked {
	data, err := c.Read(path)
	if err != nil {
		return checked{unreadable: err}
	}
	docs, verdicts, err := review(shown(path), data, old, base)
	if err != nil && len(docs) == 0 && document.IsForeignTemplate(data) {
		return checked{foreign: true}
	}
	out := checked{unreadable: err, overlooked: err == nil && len(docs) == 0 && document.Mentions(data)}
	if c.Fix && err == nil && path != Stdin {
		fixed, newDocs, newVerdicts, err := c.fix(path, data, old, base)
		switch {
		case err != nil:
			out.unfixed = err
		case fixed != nil:
			out.fixed, docs, verdicts = fixed, newDocs, newVerdicts
		}
	}
	for i, d := range docs {
		out.results = append(out.results, report.Result{File: d.File, Line: d.Line, Kind: string(d.Kind), Name: d.Name, Verdict: verdicts[i]})
	}
	return out
}

// review parses a file and judges its documents. With an error come the documents that
// could be judged.
func review(name string, data []byte, old *stored, base validation.Input) ([]document.Document, []validation.Verdict, error) {
	docs, err := document.Parse(name, data)
	problems := []error{err}
	kept := docs[:0]
	verdicts := make([]validation.Verdict, 0, len(docs))
	for _, d := range docs {
		d, in, err := old.input(d, base)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		kept = append(kept, d)
		verdicts = append(verdicts, join(validation.Review(in), d.Findings))
	}
	return kept, verdicts, errors.Join(problems...)
}

// join adds what only a file shows. An object with errors is not edited.
func join(v validation.Verdict, found []validation.Finding) validation.Verdict {
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

var errUnstable = errors.New("the new text would be judged differently; nothing was changed")

// fix rewrites a file if its documents need that. What is to be rewritten is the same
// whether or not the cluster would do it itself.
func (c Check) fix(path string, data []byte, old *stored, base validation.Input) (*Fixed, []document.Document, []validation.Verdict, error) {
	mutate := base
	mutate.Options.RejectNonCanonical = false
	docs, verdicts, err := review(shown(path), data, old, mutate)
	if err != nil {
		return nil, nil, nil, err
	}
	text, err := document.Fix(data, docs, verdicts)
	if err != nil {
		return nil, nil, nil, err
	}
	if string(text) == string(data) {
		return nil, nil, nil, nil
	}
	again, after, err := review(shown(path), text, old, mutate)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%s: %w: %w", path, errUnstable, err)
	}
	if !settled(text, again, verdicts, after) {
		return nil, nil, nil, fmt.Errorf("%s: %w", path, errUnstable)
	}
	fixed := &Fixed{File: path}
	for _, v := range verdicts {
		if len(v.Edits) > 0 {
			fixed.Findings = append(fixed.Findings, rewritten(v.Warnings)...)
		}
	}
	again, after, err = review(shown(path), text, old, base)
	if err == nil {
		err = c.Files.Replace(path, text)
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("rewrite %s: %w", path, err)
	}
	return fixed, again, after, nil
}

// settled reports whether the new text means what was promised, and needs no rewriting.
func settled(text []byte, docs []document.Document, before, after []validation.Verdict) bool {
	again, err := document.Fix(text, docs, after)
	if err != nil || string(again) != string(text) || len(before) != len(after) {
		return false
	}
	for i := range before {
		if before[i].Outcome() == validation.Normalized && !sameFlows(before[i].Flows, after[i].Flows) {
			return false
		}
	}
	return true
}

func sameFlows(a, b validation.Flows) bool {
	for _, f := range validation.Formats() {
		if !slices.Equal(a.Of(f), b.Of(f)) {
			return false
		}
	}
	return true
}

// rewritten selects the findings that report an edit of this file. What a patch leaves as it
// is in the stored object has no place in it.
func rewritten(warnings []validation.Finding) []validation.Finding {
	var found []validation.Finding
	for _, f := range warnings {
		if f.Rewritten && f.Position.Line > 0 {
			found = append(found, f)
		}
	}
	return found
}
