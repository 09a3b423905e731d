package vap

import (
	"fmt"
	"strconv"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"sluice/validation"
)

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
		readable = value + ".matches('" + duration + "') && " + value + ".matches('" + short + "') && " + number + " > 0 && " + number + " <= " + strconv.Itoa(validation.MaxActiveTimeout)
	}
	return fmt.Sprintf("%s && %s ? %s : %d", counts, readable, number, s.Default())
}
