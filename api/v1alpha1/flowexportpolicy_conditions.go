package v1alpha1

// The types of a FlowExportPolicy's conditions.
const (
	// ConditionReady: the webhook could read this generation of the policy, and enforces it.
	ConditionReady = "Ready"
	// ConditionCompliant: nothing that the cluster stores violates the policy.
	ConditionCompliant = "Compliant"
	// ConditionEnforced: the API server calls the webhook for all changes that the policy is
	// about. If it is false, changes can pass without a review, even if the policy is Ready.
	ConditionEnforced = "Enforced"
)

// Reasons of the condition Ready.
const (
	// ReasonInForce: this generation of the policy is in force.
	ReasonInForce = "InForce"
	// ReasonUnreadable: this generation can't be read, so it is not in force. The last readable
	// generation stays in force; without one, no collector can be added.
	ReasonUnreadable = "Unreadable"
)

// Reasons of the condition Compliant.
const (
	// ReasonNoViolations: nothing that the cluster stores violates the policy.
	ReasonNoViolations = "NoViolations"
	// ReasonViolations: stored collectors violate the policy; status.violations lists them.
	ReasonViolations = "Violations"
)

// Reasons of the condition Enforced.
const (
	// ReasonRegistered: the webhook configurations match the installed manifests.
	ReasonRegistered = "Registered"
	// ReasonNotRegistered: a webhook configuration is missing, or differs from the manifests.
	ReasonNotRegistered = "NotRegistered"
)

// EventReasonDenied is the reason of an Event on a FlowExportPolicy that denied a change.
const EventReasonDenied = "Denied"
