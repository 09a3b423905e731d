package validation

func reviewNetwork(in Input) Verdict {
	r := networkReview{in: in, findings: newFindings(in.Options), lists: emptyLists(in.Old, in.Options)}
	flows := in.Object.ExportNetworkFlows
	if in.Old != nil {
		r.unchanged = flows.Equal(in.Old.ExportNetworkFlows)
	}
	r.shape(flows)
	stored := r.flows()
	r.adviseOnLists(stored)
	v := r.verdict(r.edits(stored), stored)
	if in.Policies != nil {
		evaluate(in, &v, storedCollectors(&r.lists), collectors(&r.lists))
	}
	return v
}
