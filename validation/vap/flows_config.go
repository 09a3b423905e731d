package vap

import (
	"fmt"
	"strconv"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/validation"
)

// flowsConfig is the target of the ConfigMap ovs-flows-config.
func flowsConfig() resource {
	r := resource{
		name: "sluice-flows-config", kind: validation.FlowsConfig,
		match: written("", "configmaps", admissionregistrationv1.NamespacedScope),
		conditions: []admissionregistrationv1.MatchCondition{
			notOperator(),
			{Name: "flows-config", Expression: "(object == null ? oldObject : object).metadata.name == " + literal(validation.FlowsConfigName)},
			{Name: "data-changed", Expression: "oldObject == null || object == null || object.?data != oldObject.?data || !(" + noOwnerAdded + ")"},
		},
	}
	r.match.NamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": validation.FlowsConfigNamespace}}
	targets := anyAddress().orNone()
	r.variables = append([]admissionregistrationv1.Variable{
		{Name: "data", Expression: "object == null ? {} : object.?data.orValue({})"},
		{Name: "dataBefore", Expression: "oldObject == null ? {} : oldObject.?data.orValue({})"},
	}, beforeAndAfter(targets.entries(pieces("variables.dataBefore"), validation.IPFIX), targets.entries(pieces("variables.data"), validation.IPFIX))...)
	r.variables = append(r.variables, cleaningUp())
	r.base = []admissionregistrationv1.Validation{sharedTarget(targets), fewTargets(), nodePort(), activeTimeout()}
	r.settings, r.delivery = flowsConfigSettings()
	return r
}

// pieces are the texts of the collectors that the data of a ConfigMap names. sharedTarget
// takes precedence over nodePort, which means a port of each node.
func pieces(data string) string {
	return "('sharedTarget' in " + data + " ? " + data + "['sharedTarget'].split(',') : 'nodePort' in " + data + " ? [':' + " + data + "['nodePort'].trim()] : [])"
}

// unchanged says that the stored object has this value of the key.
func unchanged(key string) string {
	return "'" + key + "' in variables.dataBefore && variables.dataBefore['" + key + "'] == variables.data['" + key + "']"
}

func sharedTarget(a addresses) admissionregistrationv1.Validation {
	const target = "variables.data['sharedTarget']"
	good := a.isCanonical()
	return malformed(
		"!('sharedTarget' in variables.data) || "+target+" == '' || "+unchanged("sharedTarget")+
			" || "+target+".split(',').all(c, ("+good+") && size("+target+".split(',').filter(d, d == c)) == 1)",
		"data.sharedTarget: is not a list of ADDRESS:PORT in canonical form, joined by commas",
		"'data.sharedTarget: '+ ("+target+".split(',').all(c, "+good+") ? 'has a duplicate collector; remove one' : "+
			target+".split(',').filter(c, !("+good+")).map(c, '\"' + c + '\" ' + "+why("4739", "ADDRESS:PORT")+")[0])",
	)
}

// fewTargets limits the number of collectors. A longer target that is stored already may stay or
// become shorter.
func fewTargets() admissionregistrationv1.Validation {
	const now, before = "variables.data['sharedTarget'].split(',')", "variables.dataBefore['sharedTarget'].split(',')"
	return malformed(
		fmt.Sprintf("!('sharedTarget' in variables.data) || size(%s) <= %d", now, validation.MaxCollectors)+
			" || 'sharedTarget' in variables.dataBefore && "+now+".all(c, c in "+before+")",
		fmt.Sprintf("data.sharedTarget: has more than %d collectors; remove some", validation.MaxCollectors), "",
	)
}

// nodePort is not read while sharedTarget is set; what was written for that may be anything
// that would be normalized, or the stored value.
func nodePort() admissionregistrationv1.Validation {
	const value = "variables.data['nodePort']"
	return malformed(
		"!('nodePort' in variables.data) || "+value+".matches('^[1-9][0-9]{0,4}$') && int("+value+") <= 65535"+
			" || "+unchanged("nodePort")+" && ('sharedTarget' in variables.data || !('sharedTarget' in variables.dataBefore))"+
			" || 'sharedTarget' in variables.data && "+value+".trim().matches('^0*[1-9][0-9]{0,4}$') && int("+value+".trim()) <= 65535",
		"data.nodePort: is not a port; write a decimal port from 1 to 65535", "",
	)
}

// activeTimeout must be what Open vSwitch stores, 0 to 4200 whole seconds. What is no
// duration at all is ignored by the operator.
func activeTimeout() admissionregistrationv1.Validation {
	const value = "variables.data['cacheActiveTimeout']"
	counted := "('sharedTarget' in variables.dataBefore ? variables.dataBefore['sharedTarget'] != '' : 'nodePort' in variables.dataBefore)"
	return malformed(
		"!('cacheActiveTimeout' in variables.data) || !"+value+".matches('"+duration+"')"+
			" || "+unchanged("cacheActiveTimeout")+" && "+counted+
			" || "+value+".matches('"+short+"') && duration("+value+") > duration('-1s') && duration("+value+") < duration('"+strconv.Itoa(validation.MaxActiveTimeout+1)+"s')",
		fmt.Sprintf("data.cacheActiveTimeout: is outside 0s to %ds; Open vSwitch rejects such a value, and ovnkube-node would not start with it; write a duration in this range", validation.MaxActiveTimeout), "",
	)
}
