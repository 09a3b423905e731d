package vap

import (
	"fmt"
	"strconv"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/validation"
)

// notOperator is the condition that holds for everyone but the Cluster Network Operator.
func notOperator() admissionregistrationv1.MatchCondition {
	return admissionregistrationv1.MatchCondition{
		Name: "not-the-cluster-network-operator", Expression: "request.userInfo.username != " + literal(validation.OperatorUser),
	}
}

// notCleaningUp is the condition that leaves out Kubernetes' own controllers, which delete
// what is in a namespace, or belongs to something, that somebody was allowed to delete.
func notCleaningUp() admissionregistrationv1.MatchCondition {
	controllers := []string{"system:serviceaccount:kube-system:namespace-controller", "system:serviceaccount:kube-system:generic-garbage-collector"}
	return admissionregistrationv1.MatchCondition{
		Name: "not-cleaning-up", Expression: "request.operation != 'DELETE' || !(request.userInfo.username in " + literals(controllers, itself) + ")",
	}
}

// written matches the writing and the deletion of one resource.
func written(group, plural string, scope admissionregistrationv1.ScopeType) admissionregistrationv1.MatchResources {
	return admissionregistrationv1.MatchResources{
		MatchPolicy: new(admissionregistrationv1.Equivalent),
		ResourceRules: []admissionregistrationv1.NamedRuleWithOperations{{
			RuleWithOperations: admissionregistrationv1.RuleWithOperations{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create, admissionregistrationv1.Update, admissionregistrationv1.Delete},
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{group}, APIVersions: []string{"v1"}, Resources: []string{plural}, Scope: &scope},
			},
		}},
	}
}

// networks are the lists of Network.operator.
func networks(ipv6 bool) resource {
	addresses, taken := ipv4Only(), "IPV4-ADDRESS:PORT"
	if ipv6 {
		addresses, taken = anyAddress(), "IPV4-ADDRESS:PORT or [IPV6-ADDRESS]:PORT"
	}
	r := resource{
		name: "sluice-networks", kind: validation.Network,
		match: written("operator.openshift.io", "networks", admissionregistrationv1.ClusterScope),
		conditions: []admissionregistrationv1.MatchCondition{notOperator(), notCleaningUp(), {
			Name:       "flows-changed",
			Expression: "oldObject == null ? has(object.spec) && has(object.spec.exportNetworkFlows) : object == null ? oldObject.?spec.?exportNetworkFlows.hasValue() : object.?spec.?exportNetworkFlows != oldObject.?spec.?exportNetworkFlows",
		}},
	}
	var before, after []string
	for _, f := range validation.Formats() {
		list := ".?spec.?exportNetworkFlows.?" + f.Field() + ".?collectors.orValue([])"
		now, old := f.Field(), f.Field()+"Before"
		r.variables = append(r.variables,
			admissionregistrationv1.Variable{Name: now, Expression: "object == null ? [] : object" + list},
			admissionregistrationv1.Variable{Name: old, Expression: "oldObject == null ? [] : oldObject" + list},
		)
		after = append(after, addresses.entries("variables."+now, f))
		before = append(before, addresses.entries("variables."+old, f))
		r.base = append(r.base, listRules(f, addresses, taken)...)
	}
	r.variables = append(r.variables, beforeAndAfter(strings.Join(before, " + "), strings.Join(after, " + "))...)
	return r
}

// listRules are what makes a list well-formed. What stood there before may stay.
func listRules(f validation.Format, a addresses, taken string) []admissionregistrationv1.Validation {
	now, old := "variables."+f.Field(), "variables."+f.Field()+"Before"
	field := "spec.exportNetworkFlows." + f.Field() + ".collectors"
	good := "c in " + old + " || " + a.isCanonical()
	times := func(list string) string { return "size(" + list + ".filter(d, d == c))" }
	return []admissionregistrationv1.Validation{
		malformed(now+".all(c, "+good+")",
			field+": a collector is not "+taken+" in canonical form",
			literal(field+`: "`)+" + "+now+".filter(c, !("+good+")).map(c, c + '\" ' + "+why(strconv.Itoa(int(f.UsualPort())), taken)+")[0]"),
		malformed(now+".all(c, "+times(now)+" <= 1 || "+times(now)+" <= "+times(old)+")",
			field+": a collector stands twice; it gets every record once; remove one", ""),
		malformed(fmt.Sprintf("size(%s) <= %d || %s.all(c, c in %s)", now, validation.MaxCollectors, now, old),
			fmt.Sprintf("%s: has more than %d collectors; remove some", field, validation.MaxCollectors), ""),
	}
}

// malformed is a validation of the form of an object.
func malformed(holds, message, expression string) admissionregistrationv1.Validation {
	return admissionregistrationv1.Validation{Expression: holds, Message: message, MessageExpression: expression, Reason: new(metav1.StatusReasonInvalid)}
}
