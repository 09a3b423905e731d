package vap

import (
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"sluice/validation"
)

// reaching are the policies whose allow rules count: those of this enforcement and of
// stricter ones; of FlowExports, all.
func (c compilation) reaching() []int {
	var list []int
	for i, p := range c.policies {
		if (p.Enforcement <= c.at || c.kind == validation.FlowExport) && len(p.Allow) > 0 {
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
