package validation

// Review checks one object, or one change of it.
func Review(in Input) Verdict {
	if in.Options.prepared == nil {
		in.Options.prepared = prepareChecks()
	}
	switch {
	case in.Operation == Delete:
		return reviewDelete(in)
	case in.Object.Resource == FlowsConfig:
		return reviewFlowsConfig(in)
	case in.Object.Resource == Profile:
		return reviewProfile(in)
	case in.Object.Resource == FlowCollector:
		return reviewFlowCollector(in)
	}
	return reviewLists(in)
}

// reviewDelete reviews the removal of the whole object. Nothing can be malformed, so only
// policies are evaluated.
func reviewDelete(in Input) Verdict {
	var v Verdict
	if in.Policies != nil {
		evaluate(in, &v, collectorsOf(in.Old, in.Options), nil)
	}
	return v
}
