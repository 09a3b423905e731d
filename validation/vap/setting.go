package vap

import (
	"fmt"
	"strconv"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"sluice/validation"
	"sluice/validation/policy"
)

// boundedSetting is a setting of a resource that policies bound. Two variables have its value
// after and before the change.
type boundedSetting struct {
	validation.Setting
	// block is the field of a profile's spec that holds it, or data for the ConfigMap.
	block string
}

// name is the variable with the value after the change.
func (s boundedSetting) name() string { return s.block + "_" + s.String() }

func (s boundedSetting) field() string {
	if s.block == dataBlock {
		return dataBlock + "." + s.String()
	}
	return "spec." + s.block + "." + s.String()
}

// dataBlock holds the settings of the ConfigMap.
const dataBlock = "data"

// flowsConfigSettings are the variables with the settings of the ConfigMap, as the Cluster
// Network Operator reads them: without a target it reads none.
func flowsConfigSettings() ([]boundedSetting, []admissionregistrationv1.Variable) {
	var settings []boundedSetting
	var variables []admissionregistrationv1.Variable
	for _, s := range []validation.Setting{validation.Sampling, validation.CacheActiveTimeout, validation.CacheMaxFlows} {
		setting := boundedSetting{s, dataBlock}
		settings = append(settings, setting)
		variables = append(variables,
			admissionregistrationv1.Variable{Name: setting.name(), Expression: inEffect(s, "variables.data")},
			admissionregistrationv1.Variable{Name: setting.name() + "Before", Expression: inEffect(s, "variables.dataBefore")},
		)
	}
	return settings, variables
}

// inEffect is the value of a setting that the data of a ConfigMap results in.
func inEffect(s validation.Setting, data string) string {
	value := data + "['" + s.String() + "']"
	counts := "('sharedTarget' in " + data + " ? " + data + "['sharedTarget'] != '' : 'nodePort' in " + data + ") && '" + s.String() + "' in " + data
	number, readable := "int("+value+")", value+".matches('^0*[0-9]{1,10}$') && int("+value+") > 0 && int("+value+") <= 4294967295"
	if s == validation.CacheActiveTimeout {
		number = "duration(" + value + ").getSeconds()"
		readable = value + ".matches('" + short + "') && " + number + " > 0 && " + number + " <= " + strconv.Itoa(validation.MaxActiveTimeout)
	}
	return fmt.Sprintf("%s && %s ? %s : %d", counts, readable, number, s.Default())
}

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

// starvation checks whether the export to a required collector is stopped although it stays in
// the lists.
func (c compilation) starvation(i int, p policy.Policy) []admissionregistrationv1.Validation {
	var list []admissionregistrationv1.Validation
	for k, s := range p.Required {
		holds, what := "!"+c.ref(i)+" || !variables.stopped", "spec.export: the selected nodes would export nothing"
		if c.kind == validation.Network {
			holds += " || !variables.after.exists(e, " + isCollector(s) + ")"
			what = "spec.managementState: the Cluster Network Operator would no longer apply the lists"
		}
		list = append(list, refusal(holds, fmt.Sprintf("%s, but the policy requires %s [policy %s/required[%d]]", what, s, p.Name, k), ""))
	}
	return list
}

// isCollector says that e is a collector.
func isCollector(s validation.Collector) string {
	return fmt.Sprintf("e.format == %s && e.text == %s", literal(s.Format.String()), literal(s.Text()))
}
