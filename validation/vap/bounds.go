package vap

import (
	"fmt"
	"strconv"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"sluice/validation"
	"sluice/validation/policy"
)

// bounds checks the settings that a policy bounds.
func (c compilation) bounds(i int, p policy.Policy) []admissionregistrationv1.Validation {
	var list []admissionregistrationv1.Validation
	for _, s := range c.settings {
		b := p.Bounds[s.Setting]
		if b == nil {
			continue
		}
		list = append(list, refusal("!"+c.ref(i)+" || "+c.stays(s, *b), fmt.Sprintf(
			"%s: the value that results is not allowed; the policy allows %s; write such a value, because without it the default applies, %d [policy %s/%s]",
			s.field(), b, s.Default(), p.Name, s.Setting), ""))
	}
	return list
}

// stays says that a setting stays within bounds, or is not further outside than before.
func (c compilation) stays(s boundedSetting, b policy.Bound) string {
	after, before := "variables."+s.name(), "variables."+s.name()+"Before"
	noWorse := func(after string) string {
		return fmt.Sprintf("(%s <= %d || %s <= %s) && (%s >= %d || %s >= %s)", after, b.Max, after, before, after, b.Min, after, before)
	}
	if c.kind == validation.FlowsConfig {
		return noWorse(after)
	}
	holds := fmt.Sprintf("%s >= %d && %s <= %d", after, b.Min, after, b.Max)
	return "(object == null || (variables.fresh ? " + holds + " : " + noWorse(after) + "))" +
		" && (!variables.moved || " + noWorse(strconv.FormatInt(s.Default(), 10)) + ")"
}
