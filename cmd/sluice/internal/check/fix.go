package check

import (
	"errors"
	"fmt"
	"slices"

	"sluice/internal/document"
	"sluice/validation"
)

// rewrite is a file that was rewritten, with the review of its new text.
type rewrite struct {
	fixed Fixed
	after review
}

var errUnstable = errors.New("the new text would be evaluated differently; the file was not changed")

// fix rewrites a file if its documents are not canonical, and returns nil if they are. What is
// rewritten does not depend on whether the cluster normalizes or rejects such documents.
func (c Check) fix(path string, data []byte, r *reviewer) (*rewrite, error) {
	mutating := *r
	mutating.base.Options.RejectNonCanonical = false
	before, err := mutating.review(shown(path), data)
	if err != nil {
		return nil, err
	}
	text, err := document.Fix(data, before.documents, before.verdicts())
	if err != nil {
		return nil, err
	}
	if string(text) == string(data) {
		return nil, nil //nolint:nilnil // nothing to rewrite
	}
	mutated, err := mutating.review(shown(path), text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, errUnstable, err)
	}
	if !isSettled(text, before, mutated) {
		return nil, fmt.Errorf("%s: %w", path, errUnstable)
	}
	after, err := r.review(shown(path), text)
	if err == nil {
		err = c.Reader.Files.Replace(path, text)
	}
	if err != nil {
		return nil, fmt.Errorf("rewrite %s: %w", path, err)
	}
	return &rewrite{Fixed{File: path, Findings: before.edited()}, after}, nil
}

// isSettled reports whether a new text exports what the review of the old text promised, and
// needs no further rewriting.
func isSettled(text []byte, before, after review) bool {
	again, err := document.Fix(text, after.documents, after.verdicts())
	if err != nil || string(again) != string(text) || len(before.results) != len(after.results) {
		return false
	}
	for i, r := range before.results {
		if r.Verdict.Outcome() == validation.Normalized && !sameFlows(r.Verdict.Flows, after.results[i].Verdict.Flows) {
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

// edited returns the findings that report an edit of this file. Edits of what a patch leaves
// unchanged in the stored object have no place in it.
func (r review) edited() []validation.Finding {
	var found []validation.Finding
	for _, v := range r.verdicts() {
		if len(v.Edits) == 0 {
			continue
		}
		for _, f := range v.Warnings {
			if f.Rewritten && f.Position.Line > 0 {
				found = append(found, f)
			}
		}
	}
	return found
}
