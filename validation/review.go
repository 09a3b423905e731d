package validation

// Review judges one object, or one change of it.
func Review(in Input) Verdict {
	if in.Object.Resource == FlowsConfig {
		return reviewFlowsConfig(in)
	}
	return reviewNetwork(in)
}

// findings collects what a review sees, in the order in which it sees it.
type findings struct {
	errors []Finding
	edits  []Finding // warnings that report an edit
	advice []Finding
}

func (f *findings) reject(finding Finding) { f.errors = append(f.errors, finding) }
func (f *findings) report(finding Finding) {
	finding.Rewritten = true
	f.edits = append(f.edits, finding)
}
func (f *findings) advise(finding Finding) { f.advice = append(f.advice, finding) }

// verdict closes the review. Edits are offered only for an object that is not malformed:
// nothing is half applied.
func (f *findings) verdict(edits []Edit, exports Exports) Verdict {
	v := Verdict{Errors: f.errors, Exports: exports}
	if len(f.errors) == 0 {
		v.Edits = edits
	}
	v.Warnings = append(f.edits, f.advice...)
	return v
}

// judge asks the policies about the change from the old exports to the new ones.
func judge(in Input, v *Verdict, old, now func() []Export) {
	if in.Policies == nil {
		return
	}
	before, after := old(), now()
	change := Change{
		Resource: in.Object.Resource,
		Added:    missingFrom(before, after),
		Removed:  missingFrom(after, before),
		Result:   after,
	}
	v.Denials = in.Policies.Judge(in.User, change)
	if len(v.Denials) > 0 {
		v.Edits = nil
	}
}

// missingFrom returns the exports of list that known has not.
func missingFrom(known, list []Export) []Export {
	var missing []Export
	for _, e := range list {
		found := false
		for _, k := range known {
			found = found || k.Format == e.Format && k.Collector == e.Collector
		}
		if !found {
			missing = append(missing, e)
		}
	}
	return missing
}
