package validation

// reviewLists reviews the lists of a Network or of a FlowExport.
func reviewLists(in Input) Verdict {
	r := listReview{in: in, findings: newFindings(in.Options), lists: emptyLists(in.Object.Resource, in.Old, in.Options)}
	flows := in.Object.ExportNetworkFlows
	if in.Old != nil {
		r.unchanged = flows.Equal(in.Old.ExportNetworkFlows)
	}
	r.shape(flows)
	r.required()
	stored := r.flows()
	r.adviseOnLists(stored)
	v := r.verdict(r.edits(stored), stored)
	if in.Policies != nil {
		evaluate(in, &v, storedCollectors(&r.lists), collectors(&r.lists))
	}
	return v
}
