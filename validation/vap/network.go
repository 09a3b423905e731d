package vap

import (
	"fmt"
	"strconv"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"sluice/validation"
)

// unmanaged says that an update stops the Cluster Network Operator: the lists stay, but are no
// longer applied.
const unmanaged = "object.?spec.?managementState.orValue('') == 'Unmanaged' && oldObject.?spec.?managementState.orValue('') != 'Unmanaged'"

// networks are the lists of Network.operator.
func networks(ipv6 bool) resource {
	addresses, taken := ipv4Only(), "IPV4-ADDRESS:PORT"
	if ipv6 {
		addresses, taken = anyAddress(), "IPV4-ADDRESS:PORT or [IPV6-ADDRESS]:PORT"
	}
	r := resource{
		name: "sluice-networks", kind: validation.Network,
		match: written("operator.openshift.io", "networks", admissionregistrationv1.ClusterScope),
		conditions: []admissionregistrationv1.MatchCondition{notOperator(), {
			Name:       "flows-changed",
			Expression: "oldObject == null ? object.?spec.?exportNetworkFlows.hasValue() || object.metadata.?ownerReferences.hasValue() : object == null ? oldObject.?spec.?exportNetworkFlows.hasValue() : object.?spec.?exportNetworkFlows != oldObject.?spec.?exportNetworkFlows || (" + unmanaged + ") || !(" + noOwnerAdded + ")",
		}},
		delivery: []admissionregistrationv1.Variable{{
			Name: "stopped", Expression: "object != null && object.?spec.?managementState.orValue('') == 'Unmanaged' && (oldObject == null || oldObject.?spec.?managementState.orValue('') != 'Unmanaged')",
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
		r.base = append(r.base, listRules(f, addresses, taken, "spec.exportNetworkFlows", validation.MaxCollectors)...)
	}
	r.variables = append(r.variables, beforeAndAfter(strings.Join(before, " + "), strings.Join(after, " + "))...)
	return r
}

// listRules check that a list is well-formed. What is in the stored object may stay.
func listRules(f validation.Format, a addresses, taken, root string, most int) []admissionregistrationv1.Validation {
	now, old := "variables."+f.Field(), "variables."+f.Field()+"Before"
	field := root + "." + f.Field() + ".collectors"
	good := "c in " + old + " || " + a.isCanonical()
	times := func(list string) string { return "size(" + list + ".filter(d, d == c))" }
	return []admissionregistrationv1.Validation{
		malformed(now+".all(c, "+good+")",
			field+": a collector is not "+taken+" in canonical form",
			literal(field+`: "`)+" + "+now+".filter(c, !("+good+")).map(c, c + '\" ' + "+why(strconv.Itoa(int(f.UsualPort())), taken)+")[0]"),
		malformed(now+".all(c, "+times(now)+" <= 1 || "+times(now)+" <= "+times(old)+")",
			field+": has a duplicate collector, which gets each record only once; remove one", ""),
		malformed(fmt.Sprintf("size(%s) <= %d || %s.all(c, c in %s)", now, most, now, old),
			fmt.Sprintf("%s: has more than %d collectors; remove some", field, most), ""),
	}
}
