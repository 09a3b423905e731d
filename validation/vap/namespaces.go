package vap

import (
	"slices"

	apilabels "k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"

	"sluice/validation/policy"
)

// inNamespaces says whether the request is for one of these namespaces.
func inNamespaces(n *policy.Namespaces) string {
	if n.Selector == nil {
		return "request.namespace in " + literals(n.Names, itself)
	}
	requirements, selectable := n.Selector.Requirements()
	if !selectable {
		return "false"
	}
	conditions := make([]string, len(requirements))
	for i, r := range requirements {
		conditions[i] = "(" + labelled(r) + ")"
	}
	return all(conditions)
}

// labelled is one requirement of a label selector.
func labelled(r apilabels.Requirement) string {
	key := literal(r.Key())
	has := key + " in variables.namespaceLabels"
	values := r.ValuesUnsorted()
	slices.Sort(values)
	one := has + " && variables.namespaceLabels[" + key + "] in " + literals(values, itself)
	switch r.Operator() {
	case selection.In, selection.Equals, selection.DoubleEquals:
		return one
	case selection.NotIn, selection.NotEquals:
		return "!(" + one + ")"
	case selection.Exists:
		return has
	case selection.DoesNotExist:
		return "!(" + has + ")"
	case selection.GreaterThan, selection.LessThan: // no LabelSelector has them
	}
	return "false"
}
