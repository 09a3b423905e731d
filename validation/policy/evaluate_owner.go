package policy

import "sluice/validation"

// ownersField is the path of the owner references of an object.
const ownersField = "metadata.ownerReferences"

// owner checks whether an owner reference is added to an object whose content the policy protects. It
// does not matter what the object holds now: the garbage collector may delete it later.
func (e *evaluation) owner(p *compiledPolicy) {
	rule := p.Protects(e.change.Resource)
	if !e.change.AddsOwner || rule == "" {
		return
	}
	e.report(func() validation.Denial {
		return validation.Denial{
			Policies: []string{p.Name}, Rule: rule, Action: validation.AddOwner, Field: ownersField,
			Message: e.mayNot("add an owner reference to this object") + ": the garbage collector could delete the object, which the policy protects; remove the owner reference",
		}
	})
}

// Protects names the rule of a policy that keeps users from removing what an object of a resource
// holds, now or later; "" if there is none. Such users may not add an owner reference, either.
func (p *Policy) Protects(r validation.Resource) string {
	switch {
	case p.RemovalRestricted && r != validation.Profile:
		return "removal"
	case len(p.Required) > 0 && (r == validation.Network || r == validation.Profile):
		return "required"
	case p.Bounds.any() && (r == validation.FlowsConfig || r == validation.Profile):
		return "bounds"
	}
	return ""
}
