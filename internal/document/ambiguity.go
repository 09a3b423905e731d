package document

import (
	"fmt"

	"sluice/validation"
)

// ambiguity reports a key of a mapping that other readers of YAML read differently than kubectl.
func (r *reader) ambiguity(d *Document, fields []pair, key, path string) {
	for _, f := range fields {
		if keyText(f.key) == key {
			r.ambiguousAt(d, positionOf(f.key), path)
		}
	}
}

// ambiguities reports those in a value.
func (r *reader) ambiguities(d *Document, v validation.Value, path string) {
	for _, m := range v.Members {
		r.ambiguousAt(d, m.Position, path+"."+m.Key)
		r.ambiguities(d, m.Value, path+"."+m.Key)
	}
	for i, item := range v.Items {
		r.ambiguities(d, item, fmt.Sprintf("%s[%d]", path, i))
	}
}

func (r *reader) ambiguousAt(d *Document, at validation.Position, path string) {
	why, found := r.ambiguous[at]
	if !found {
		return
	}
	for _, f := range d.Findings {
		if f.Position == at && f.Rule == validation.RuleDuplicateField {
			return // a part of the path of several fields
		}
	}
	d.Findings = append(d.Findings, validation.Finding{Rule: validation.RuleDuplicateField, Field: path, Position: at, Message: why})
}
