package document

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"sluice/validation"
)

// Fix makes the edits of the verdicts in the text of a file, and returns the new text. The
// documents are those that were parsed from the file. Everything else stays the same, byte for
// byte. If a place can't be rewritten safely, for example because it is an alias, the error says
// what to write there by hand.
func Fix(data []byte, docs []Document, verdicts []validation.Verdict) ([]byte, error) {
	if len(docs) != len(verdicts) {
		return nil, fmt.Errorf("%d documents, but %d verdicts", len(docs), len(verdicts))
	}
	var changes []change
	var problems []error
	src := newSource(data)
	for i, d := range docs {
		if len(verdicts[i].Edits) == 0 || len(d.Findings) > 0 {
			continue
		}
		if !utf8.Valid(data) {
			return nil, fmt.Errorf("%s: only files in UTF-8 can be rewritten", d.File)
		}
		if d.Kind == JSONPatch {
			problems = append(problems, fmt.Errorf("%s:%d: a JSON patch is not rewritten; write the values that the warnings name by hand", d.File, d.Line))
			continue
		}
		w := rewriter{source: src, doc: d}
		if err := w.document(verdicts[i].Edits); err != nil {
			problems = append(problems, err)
		}
		changes = append(changes, w.changes...)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	if len(changes) == 0 {
		return data, nil
	}
	fixed, err := apply(data, changes)
	if err == nil {
		err = verify(fixed, docs, verdicts)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: the file can't be rewritten safely: %w", docs[0].File, err)
	}
	return fixed, nil
}

// change replaces the bytes from start to end.
type change struct {
	start, end int
	text       string
}

var errOverlap = errors.New("two changes overlap")

// apply makes all changes at once.
func apply(data []byte, changes []change) ([]byte, error) {
	slices.SortStableFunc(changes, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end))
	})
	var out bytes.Buffer
	out.Grow(len(data) + 64*len(changes))
	at := 0
	for _, c := range changes {
		if c.start < at || c.end < c.start || c.end > len(data) {
			return nil, errOverlap
		}
		out.Write(data[at:c.start])
		out.WriteString(c.text)
		at = c.end
	}
	out.Write(data[at:])
	return out.Bytes(), nil
}
