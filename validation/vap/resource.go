package vap

import (
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/validation"
)

// resource is one of the kinds of objects that are guarded.
type resource struct {
	name  string
	kind  validation.Resource
	match admissionregistrationv1.MatchResources
	// conditions say when a request is looked at.
	conditions []admissionregistrationv1.MatchCondition
	// variables are what the rules are about: among them "before" and "after", the
	// collectors as maps with format, text, port, and ip where there is an address.
	variables []admissionregistrationv1.Variable
	base      []admissionregistrationv1.Validation
	// settings are what policies bound, and delivery the variables that only rules about
	// delivery use: "stopped", and the values of the settings.
	settings []boundedSetting
	delivery []admissionregistrationv1.Variable
}

// notOperator is the condition that holds for everyone but the Cluster Network Operator.
func notOperator() admissionregistrationv1.MatchCondition {
	return admissionregistrationv1.MatchCondition{
		Name: "not-the-cluster-network-operator", Expression: "request.userInfo.username != " + literal(validation.OperatorUser),
	}
}

// cleaningUp is the variable that says that a namespace with the object is being deleted. Its
// deletion was evaluated, so that Kubernetes' controller may delete the contents.
func cleaningUp() admissionregistrationv1.Variable {
	return admissionregistrationv1.Variable{
		Name: "cleaningUp", Expression: "request.operation == 'DELETE' && namespaceObject != null && namespaceObject.metadata.?deletionTimestamp.hasValue()",
	}
}

// written matches the writing and the deletion of one resource.
func written(group, plural string, scope admissionregistrationv1.ScopeType) admissionregistrationv1.MatchResources {
	return matching(group, plural, scope, admissionregistrationv1.Create, admissionregistrationv1.Update, admissionregistrationv1.Delete)
}

func matching(group, plural string, scope admissionregistrationv1.ScopeType, operations ...admissionregistrationv1.OperationType) admissionregistrationv1.MatchResources {
	return admissionregistrationv1.MatchResources{
		MatchPolicy: new(admissionregistrationv1.Equivalent),
		ResourceRules: []admissionregistrationv1.NamedRuleWithOperations{{
			RuleWithOperations: admissionregistrationv1.RuleWithOperations{
				Operations: operations,
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{group}, APIVersions: []string{"v1"}, Resources: []string{plural}, Scope: &scope},
			},
		}},
	}
}

// malformed is a validation of the form of an object.
func malformed(holds, message, expression string) admissionregistrationv1.Validation {
	return admissionregistrationv1.Validation{Expression: holds, Message: message, MessageExpression: expression, Reason: new(metav1.StatusReasonInvalid)}
}
