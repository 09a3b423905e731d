package validation

func reviewNetwork(in Input) Verdict {
	r := networkReview{in: in, findings: newFindings(in.Options), lists: emptyLists(in.Old, in.Options)}
	flows := in.Object.ExportNetworkFlows
	if in.Old != nil {
		r.unchanged = flows.Equal(in.Old.ExportNetworkFlows)
	}
	r.shape(flows)
	exports := r.exports()
	r.adviseOnLists(exports)
	v := r.verdict(r.edits(exports), exports)
	if in.Policies != nil {
		evaluate(in, &v, storedCollectors(&r.lists), collectors(&r.lists))
	}
	return v
}
