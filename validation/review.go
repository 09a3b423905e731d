package validation

// Review judges one object, or one change of it.
func Review(in Input) Verdict {
	switch {
	case in.Operation == Delete:
		return reviewDelete(in)
	case in.Object.Resource == FlowsConfig:
		return reviewFlowsConfig(in)
	}
	return reviewNetwork(in)
}

// reviewDelete judges the removal of the whole object: nothing of it is malformed, so only
// policies are asked.
func reviewDelete(in Input) Verdict {
	var v Verdict
	if in.Policies != nil {
		evaluate(in, &v, collectorsOf(in.Old, in.Options), nil)
	}
	return v
}
