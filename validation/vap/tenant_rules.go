package vap

import (
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"sluice/validation/policy"
)

// tenantRules writes what the policies of one enforcement refuse of a FlowExport. Everything is denied
// that no allow rule matches, also without any policy.
func (c compilation) tenantRules() []admissionregistrationv1.Validation {
	var list []admissionregistrationv1.Validation
	for i, p := range c.policies {
		if p.Enforcement == c.at {
			list = append(list, c.denyRules(i, p)...)
			if p.MaxCollectors != nil {
				list = append(list, c.limits(i, p)...)
			}
		}
	}
	if c.at != policy.Deny {
		return list
	}
	allowed := "(" + c.allowed() + ")"
	exempt := ""
	if len(c.exempt) > 0 {
		exempt = "request.userInfo.username in " + literals(c.exempt, itself) + " || "
	}
	texts := "''"
	if len(c.reaching()) > 0 {
		texts = "' allowed: ' + " + c.allowedTexts()
	}
	return append(list, refusal(
		exempt+"variables.added.all(e, "+allowed+")",
		"no FlowExportPolicy that names the namespace in spec.namespaces allows a collector to this user",
		mayNot+"send '+ "+named("variables.added.filter(e, !"+allowed+")")+
			" + ': no FlowExportPolicy that names the namespace \"' + request.namespace + '\" in spec.namespaces allows it to this user;' + "+texts,
	))
}
