package vap

import (
	"fmt"
	"slices"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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

// refusal is one validation: what must hold, and the sentence if it doesn't.
func refusal(holds, message, expression string) admissionregistrationv1.Validation {
	return admissionregistrationv1.Validation{
		Expression: holds, Message: message, MessageExpression: expression, Reason: new(metav1.StatusReasonForbidden),
	}
}

// mayNot begins a sentence about the user.
const mayNot = `'"' + request.userInfo.username + '" may not `

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

// reaching are the policies whose allow rules count: those of this enforcement and of
// stricter ones.
func (c compilation) reaching() []int {
	var list []int
	for i, p := range c.policies {
		if p.Enforcement <= c.at && len(p.Allow) > 0 {
			list = append(list, i)
		}
	}
	return list
}

// allowed says whether an allow rule of a policy that applies matches the collector e.
func (c compilation) allowed() string {
	var conditions []string
	for _, i := range c.reaching() {
		var rules []string
		for _, r := range c.policies[i].Allow {
			rules = append(rules, c.networks.matches(r))
		}
		conditions = append(conditions, c.ref(i)+" && ("+either(rules)+")")
	}
	return either(conditions)
}

// allowRules checks what is added against all allow rules together.
func (c compilation) allowRules() (admissionregistrationv1.Validation, bool) {
	var deciding []string
	for _, i := range c.reaching() {
		if c.policies[i].Enforcement == c.at {
			deciding = append(deciding, c.ref(i))
		}
	}
	if deciding == nil {
		return admissionregistrationv1.Validation{}, false
	}
	return refusal(
		"!("+either(deciding)+") || variables.added.all(e, "+c.allowed()+")",
		"an added collector matches no allow rule of a FlowExportPolicy",
		mayNot+"send '+ "+named("variables.added.filter(e, !("+c.allowed()+"))")+` + ': no allow rule matches; allowed: ' + `+c.allowedTexts(),
	), true
}

// maxTold is how many characters an expression spends on what is allowed; a message has
// 5 KiB at most.
const maxTold = 2000

// allowedTexts says what the policies that apply allow.
func (c compilation) allowedTexts() string {
	var texts []string
	told := 0
	for _, i := range c.reaching() {
		var rules []string
		for _, r := range c.policies[i].Allow {
			rules = append(rules, r.String())
		}
		text := strings.Join(rules, "; or ") + " [policy " + c.policies[i].Name + "/allow]"
		if told += len(text); told > maxTold {
			texts = append(texts, "['rules of more policies']")
			break
		}
		texts = append(texts, "("+c.ref(i)+" ? ["+literal(text)+"] : [])")
	}
	return "(" + strings.Join(texts, " + ") + ").join('; or ')"
}

// limits checks how many collectors of a format there are after one was added.
func (c compilation) limits(i int, p policy.Policy) []admissionregistrationv1.Validation {
	var list []admissionregistrationv1.Validation
	for _, f := range validation.Formats() {
		if c.kind == validation.FlowsConfig && f != validation.IPFIX {
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

// required checks whether a collector is removed that must stay.
func (c compilation) required(i int, p policy.Policy) []admissionregistrationv1.Validation {
	var list []admissionregistrationv1.Validation
	for k, s := range p.Required {
		is := isCollector(s)
		what, source := s.Format.String()+" \""+s.Text()+"\" ", fmt.Sprintf(" [policy %s/required[%d]]", p.Name, k)
		text := what + "must stay: the policy requires it; add it back" + source
		collected := what + "would be deleted by the garbage collector, but the policy requires it; remove the owner reference" + source
		list = append(list, refusal(
			fmt.Sprintf("!%s || !variables.collected.exists(e, %s) && (variables.after.exists(e, %s) || (oldObject == null ? size(variables.after) == 0 : !variables.before.exists(e, %s)))", c.ref(i), is, is, is),
			text, fmt.Sprintf("variables.collected.exists(e, %s) ? %s : %s", is, literal(collected), literal(text)),
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
		"!("+either(deciding)+") || (variables.removed + variables.collected).all(e, "+c.allowed()+")",
		"a collector may not be removed"+why+"add it back"+source,
		mayNot+"remove '+ "+named("(variables.removed + variables.collected).filter(e, !("+c.allowed()+"))")+
			" + (size(variables.collected) > 0 ? "+literal(why+"the garbage collector would delete it; remove the owner reference"+source)+" : "+literal(why+"add it back"+source)+")",
	), true
}

// maxSources is how many policies a message names.
const maxSources = 8
