package vap

import (
	"fmt"
	"slices"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"sluice/validation"
	"sluice/validation/policy"
)

// rules writes what the policies of one enforcement refuse.
func (c compilation) rules() []admissionregistrationv1.Validation {
	var list []admissionregistrationv1.Validation
	for i, p := range c.policies {
		if p.Enforcement != c.at {
			continue
		}
		if c.kind != validation.Profile {
			list = append(list, c.denyRules(i, p)...)
		}
		if p.MaxCollectors != nil && c.kind != validation.Profile {
			list = append(list, c.limits(i, p)...)
		}
		if c.kind == validation.Network {
			list = append(list, c.required(i, p)...)
		}
		if c.kind != validation.FlowsConfig {
			list = append(list, c.starvation(i, p)...)
		}
		list = append(list, c.bounds(i, p)...)
		list = append(list, c.owner(i, p)...)
	}
	if c.kind == validation.Profile {
		return list
	}
	if v, ok := c.allowRules(); ok {
		list = append(list, v)
	}
	if v, ok := c.removal(); ok {
		list = append(list, v)
	}
	return list
}

func (c compilation) denyRules(i int, p policy.Policy) []admissionregistrationv1.Validation {
	var list []admissionregistrationv1.Validation
	for k, r := range p.Deny {
		source := fmt.Sprintf("[policy %s/deny[%d]]", p.Name, k)
		why := ": the policy denies " + r.String() + " " + source
		list = append(list, refusal(
			fmt.Sprintf("!%s || !variables.added.exists(e, %s)", c.ref(i), c.networks.matches(r)),
			"the policy denies "+r.String()+" "+source,
			mayNot+"send '+ "+named("variables.added.filter(e, "+c.networks.matches(r)+")")+" + "+literal(why),
		))
	}
	return list
}

// limits checks how many collectors of a format there are after one was added.
func (c compilation) limits(i int, p policy.Policy) []admissionregistrationv1.Validation {
	var list []admissionregistrationv1.Validation
	for _, f := range validation.Formats() {
		if c.kind != validation.Network && f != validation.IPFIX {
			continue
		}
		of := func(list string) string {
			return "size(variables." + list + ".filter(e, e.format == " + literal(f.String()) + "))"
		}
		source := "[policy " + p.Name + "/maxCollectors]"
		list = append(list, refusal(
			fmt.Sprintf("!%s || %s <= %d || %s <= %s", c.ref(i), of("once"), *p.MaxCollectors, of("added"), of("removed")),
			fmt.Sprintf("the policy allows at most %d %s collectors %s", *p.MaxCollectors, f, source),
			fmt.Sprintf("'would have ' + string(%s) + %s", of("once"), literal(fmt.Sprintf(" %s collectors; the policy allows at most %d %s", f, *p.MaxCollectors, source))),
		))
	}
	return list
}

// removal checks what is removed.
func (c compilation) removal() (admissionregistrationv1.Validation, bool) {
	var deciding, sources []string
	for i, p := range c.policies {
		if p.Enforcement == c.at && p.RemovalRestricted {
			deciding = append(deciding, c.ref(i))
			sources = append(sources, p.Name)
		}
	}
	if deciding == nil {
		return admissionregistrationv1.Validation{}, false
	}
	sources = slices.Compact(sources)
	if len(sources) > maxSources {
		sources = append(sources[:maxSources], "…")
	}
	source := " [policy " + strings.Join(sources, ", ") + "/removal]"
	const why = ": no allow rule matches it; "
	return refusal(
		"!("+either(deciding)+") || variables.removed.all(e, "+c.allowed()+")",
		"a collector may not be removed"+why+"add it back"+source,
		mayNot+"remove '+ "+named("variables.removed.filter(e, !("+c.allowed()+"))")+
			" + "+literal(why+"add it back"+source),
	), true
}

// maxSources is how many policies a message names.
const maxSources = 8
