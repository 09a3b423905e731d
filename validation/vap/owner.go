package vap

import (
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"sluice/validation/policy"
)

// owner checks whether an owner reference is added to an object whose content the policy protects.
func (c compilation) owner(i int, p policy.Policy) []admissionregistrationv1.Validation {
	rule := p.Protects(c.kind)
	if rule == "" {
		return nil
	}
	source := " [policy " + p.Name + "/" + rule + "]"
	const why = "add an owner reference to this object: the garbage collector could delete the object, which the policy protects; remove the owner reference"
	return []admissionregistrationv1.Validation{refusal(
		"!"+c.ref(i)+" || object == null || "+noOwnerAdded,
		"an owner reference may not be added to this object"+source,
		mayNot+why+"' + "+literal(source),
	)}
}
