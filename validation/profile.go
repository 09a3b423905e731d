package validation

// reviewProfile reviews a FlowExportProfile. In a cluster, the schema of its CRD has rejected
// what is malformed before.
func reviewProfile(in Input) Verdict {
	r := findings{limit: in.Options.MaxFindings}
	unchanged := in.Old != nil && in.Old.Profile.Equal(in.Object.Profile)
	for _, f := range misfits(in.Object.Profile) {
		r.refuse(f, unchanged)
	}
	for _, s := range profileSettings() {
		if f, ok := sparse(s.in(&in.Object), s); ok {
			r.advise(f)
		}
	}
	v := r.verdict(nil, Flows{})
	if in.Policies != nil {
		evaluate(in, &v, nil, nil)
	}
	return v
}

// sparse is the warning about a sampling of a profile that leaves next to nothing.
func sparse(v Value, s profileSetting) (Finding, bool) {
	n, ok := wholeNumber(v)
	return Finding{
		Rule: RuleSparseSampling, Field: s.field(), Value: v.Text, Position: v.Position, Message: sparseMessage,
	}, ok && s.setting == Sampling && n > MaxUsualSampling
}
