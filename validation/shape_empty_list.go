package validation

// empty reports a block that says nothing, and returns whether it is to be dropped.
func (r *listReview) empty(field string, v Value, how string) bool {
	if r.in.Object.Resource == FlowExport {
		return false // it needs collectors; see required
	}
	f := Finding{Rule: RuleEmptyList, Field: field, Position: v.Position}
	patch := r.in.Object.MergePatch
	switch {
	case r.unchanged:
	case patch && v.Kind == Map:
		f.Rule = RulePatchNoEffect
		f.Message = "an empty block in a merge patch changes nothing; to turn export off, write null"
	case r.rejectNonCanonical && v.Kind == Null: // an overlay of kustomize removes a list that way
		f.Message = "is null, which removes the field when the file is applied or rendered"
	case r.rejectNonCanonical && v.Kind == Map: // the CRD stores it, and it is how a GitOps tool leaves a list that it emptied
		f.Message = "is empty, so export is off; you can remove the field"
	case patch && !r.rejectNonCanonical: // dropping it from the patch would keep what is stored
		f.Message = "is " + how + ", which turns export off when the patch is applied; write null instead"
	}
	if f.Message != "" {
		r.advise(f)
		return false
	}
	refused := "is " + how + "; an empty block exports nothing; remove the field"
	if patch {
		refused = "is " + how + "; an empty list exports nothing; to turn export off, write null"
	}
	return r.settle(f, r.unchanged, wording{
		unchanged: "is " + how + ", so nothing is exported",
		refused:   refused,
		edited:    "removed: it is " + how + ", so export is off",
	})
}

// RuleEmptyList finds an empty list or block, which means that export is off.
const RuleEmptyList Rule = "empty-list"

func emptyList() Check {
	return Check{
		Rule: RuleEmptyList, Effect: Normalizes,
		Summary: "An empty list or block is removed; it means that export is off",
		Example: "`collectors: []`, `netFlow: {}`, and `exportNetworkFlows: null` export nothing.\n" +
			"The block is removed. To turn export off, remove `exportNetworkFlows`; in a merge patch, write `exportNetworkFlows: null`.",
	}
}

// RulePatchNoEffect finds an empty block in a merge patch, which changes nothing.
const RulePatchNoEffect Rule = "patch-without-effect"

func patchWithoutEffect() Check {
	return Check{
		Rule: RulePatchNoEffect, Effect: Warns,
		Summary: "An empty block in a merge patch changes nothing; use null to turn export off",
		Example: "`{\"spec\":{\"exportNetworkFlows\":{}}}` as a merge patch keeps what is stored.\n" +
			"Write `{\"spec\":{\"exportNetworkFlows\":null}}` to turn export off.",
	}
}
