package vap

import (
	"fmt"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"sluice/validation"
	"sluice/validation/policy"
)

// required checks whether a collector is removed that must stay.
func (c compilation) required(i int, p policy.Policy) []admissionregistrationv1.Validation {
	var list []admissionregistrationv1.Validation
	for k, s := range p.Required {
		is := isCollector(s)
		what, source := s.Format.String()+" \""+s.Text()+"\" ", fmt.Sprintf(" [policy %s/required[%d]]", p.Name, k)
		text := what + "must stay: the policy requires it; add it back" + source
		list = append(list, refusal(
			fmt.Sprintf("!%s || variables.after.exists(e, %s) || (oldObject == null ? size(variables.after) == 0 : !variables.before.exists(e, %s))", c.ref(i), is, is),
			text, "",
		))
	}
	return list
}

// starvation checks whether the export to a required collector is stopped although it stays in
// the lists.
func (c compilation) starvation(i int, p policy.Policy) []admissionregistrationv1.Validation {
	var list []admissionregistrationv1.Validation
	for k, s := range p.Required {
		stop := func(variable, unless, what string) {
			holds := "!" + c.ref(i) + " || !variables." + variable + unless
			list = append(list, refusal(holds, fmt.Sprintf("%s, but the policy requires %s [policy %s/required[%d]]", what, s, p.Name, k), ""))
		}
		if c.kind == validation.Network {
			stop("stopped", " || !variables.after.exists(e, "+isCollector(s)+")", "spec.managementState: the Cluster Network Operator would no longer apply the lists")
			continue
		}
		stop("stopped", "", "spec.export: the selected nodes would export nothing")
		stop("paused", "", "spec.mode: the selected nodes would not apply the lists")
	}
	return list
}

// isCollector says that e is a collector.
func isCollector(s validation.Collector) string {
	return fmt.Sprintf("e.format == %s && e.text == %s", literal(s.Format.String()), literal(s.Text()))
}
