package validation

import "net/netip"

// Review judges one object, or one change of it.
func Review(in Input) Verdict {
	if in.Operation == Delete {
		return reviewDelete(in)
	}
	if in.Object.Resource == FlowsConfig {
		return reviewFlowsConfig(in)
	}
	return reviewNetwork(in)
}

// reviewDelete judges the removal of the whole object.
func reviewDelete(in Input) Verdict {
	r := networkReview{in: in}
	old := func() []Export { return flowsConfigExports(in) }
	if in.Object.Resource == Network {
		for _, f := range Formats() {
			r.lists[f] = list{format: f, old: oldKeys(in, f)}
		}
		old = r.oldExports
	}
	var v Verdict
	judge(in, &v, old, func() []Export { return nil })
	return v
}

// findings collects what a review sees, in the order in which it sees it.
type findings struct {
	// limit is how many findings of a kind are kept; 0 is no limit.
	limit   int
	omitted int
	errors  []Finding
	edits   []Finding // warnings that report an edit
	advice  []Finding
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

// verdict closes the review. Edits are offered only for an object that is not malformed:
// nothing is half applied.
func (f *findings) verdict(edits []Edit, exports Exports) Verdict {
	v := Verdict{Errors: f.errors, Omitted: f.omitted, Exports: exports}
	if len(f.errors) == 0 {
		v.Edits = edits
	}
	v.Warnings = append(f.edits, f.advice...)
	if len(f.errors) > 0 {
		holdBack(v.Warnings)
	}
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
		Create:   in.Operation == Create && in.Old == nil && !in.Object.MergePatch,
		Added:    missingFrom(before, after),
		Removed:  missingFrom(after, before),
		Result:   after,

		MaxDenials: in.Options.MaxFindings,
	}
	judgement := in.Policies.Judge(in.User, change)
	v.Denials, v.Cautions, v.Audited, v.Applied = judgement.Denied, judgement.Warned, judgement.Audited, judgement.Applied
	v.OmittedDenials = judgement.Omitted
	if len(v.Denials) > 0 && len(v.Errors) == 0 {
		v.Edits = nil
		holdBack(v.Warnings)
	}
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

// missingFrom returns the exports of list that known has not.
func missingFrom(known, list []Export) []Export {
	type sink struct {
		format    Format
		collector netip.AddrPort
	}
	if len(list) == 0 {
		return nil
	}
	seen := make(map[sink]struct{}, len(known))
	for _, e := range known {
		seen[sink{e.Format, e.Collector}] = struct{}{}
	}
	var missing []Export
	for _, e := range list {
		if _, ok := seen[sink{e.Format, e.Collector}]; !ok {
			missing = append(missing, e)
		}
	}
	return missing
}
