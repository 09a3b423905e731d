package validation

// findings collects what a review sees, in the order in which it sees it.
type findings struct {
	// rejectNonCanonical refuses what would otherwise be edited.
	rejectNonCanonical bool
	// limit is how many findings of a kind are kept; 0 is no limit.
	limit   int
	checks  *preparedChecks
	omitted int
	errors  []Finding
	edits   []Finding // warnings that report an edit
	advice  []Finding
}

func newFindings(o Options) findings {
	return findings{rejectNonCanonical: o.RejectNonCanonical, limit: o.MaxFindings, checks: o.prepared}
}

func (f *findings) reject(finding Finding) { f.keep(&f.errors, finding) }
func (f *findings) advise(finding Finding) { f.keep(&f.advice, finding) }

func (f *findings) report(finding Finding) {
	finding.Rewritten = true
	f.keep(&f.edits, finding)
}

func (f *findings) keep(list *[]Finding, finding Finding) {
	if f.limit > 0 && len(*list) >= f.limit {
		f.omitted++
		return
	}
	*list = append(*list, finding)
}

// unchangedPrefix begins the message of a warning that would be an error if the value were
// not that of the stored object.
const unchangedPrefix = "kept because it is unchanged: "

// refuse reports what cannot be stored: an error, or a warning if it is unchanged from the
// stored object.
func (f *findings) refuse(finding Finding, unchanged bool) {
	if !unchanged {
		f.reject(finding)
		return
	}
	finding.Message = unchangedPrefix + finding.Message
	f.advise(finding)
}

// wording is what a finding says in each of the cases that settle decides between.
type wording struct{ unchanged, refused, edited string }

// settle decides what happens to something that is not canonical: unchanged from the stored
// object, it is only a warning; where nothing may be rewritten, it is an error; otherwise it
// is edited, and the edit reported. It returns whether to edit.
func (f *findings) settle(finding Finding, unchanged bool, say wording) (edit bool) {
	switch {
	case unchanged:
		finding.Message = say.unchanged
		f.refuse(finding, true)
	case f.rejectNonCanonical:
		finding.Message = say.refused
		f.reject(finding)
	default:
		finding.Message = say.edited
		f.report(finding)
		return true
	}
	return false
}

// verdict closes the review. Edits are offered only for an object that is not malformed:
// nothing is half applied.
func (f *findings) verdict(edits []Edit, flows Flows) Verdict {
	v := Verdict{Errors: f.errors, Omitted: f.omitted, Flows: flows}
	if len(f.errors) == 0 {
		v.Edits = edits
	}
	v.Warnings = append(f.edits, f.advice...)
	if len(f.errors) > 0 {
		holdBack(v.Warnings)
	}
	return v
}

// holdBack words the warnings that report an edit for an object that is refused: nothing
// is edited then.
func holdBack(warnings []Finding) {
	for i := range warnings {
		if f := &warnings[i]; f.Rewritten {
			f.Message = "would be " + f.Message
		}
	}
}
