package document_test

import (
	"bytes"
	"testing"

	"sluice/internal/document"
	"sluice/validation"
)

func addSeeds(f *testing.F) {
	for _, c := range fixCases() {
		f.Add([]byte(c.text))
	}
	f.Add([]byte(smallJSON))
	f.Add([]byte("x: &a [*a]\nspec: {exportNetworkFlows: *a}\n"))
	f.Add([]byte("spec:\n  exportNetworkFlows:\n    netFlow:\n      collectors:\n      - |\n        192.0.2.1:02055\n"))
}

// FuzzParse: for any bytes, parsing and review end, and every position is inside the file.
func FuzzParse(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		docs, _ := document.Parse("a.yaml", data)
		lines := 2 + len(data)
		for _, d := range docs {
			if d.Line < 1 || d.Line > lines {
				t.Errorf("document at line %d of %d", d.Line, lines)
			}
			v := validation.Review(validation.Input{Object: d.Object})
			for _, found := range append(v.Errors, d.Findings...) {
				if found.Position.Line > lines {
					t.Errorf("finding at line %d of %d", found.Position.Line, lines)
				}
			}
		}
	})
}

// FuzzFix: a file is rewritten so that it is canonical and keeps its meaning, or an error says why
// not.
func FuzzFix(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		before, err := document.Parse("a.yaml", data)
		if err != nil {
			return
		}
		_, verdicts := review(t, string(data))
		fixed, err := document.Fix(data, before, verdicts)
		if err != nil {
			return
		}
		docs, again := review(t, string(fixed))
		for i, v := range again {
			if len(docs[i].Findings) > 0 {
				continue
			}
			if unfinished(v) || verdicts[i].Outcome() != validation.Rejected && len(v.Errors) > 0 {
				t.Errorf("document %d is %s, and was %s:\n%s\nnow:\n%s", i, v.Outcome(), verdicts[i].Outcome(), data, fixed)
			}
		}
		if twice, err := document.Fix(fixed, docs, again); err != nil || !bytes.Equal(twice, fixed) {
			t.Errorf("a second fix changes the text: %v", err)
		}
	})
}
