package v1alpha1

// The types of a FlowExportPolicy's conditions.
const (
	// ConditionReady: this generation of the policy is valid, and the webhook evaluates it.
	ConditionReady = "Ready"
	// ConditionCompliant: no stored collector violates the policy, and no required one is missing.
	ConditionCompliant = "Compliant"
	// ConditionEnforced: the API server calls the webhook for all changes that the policy is
	// about. If it is false, changes can pass without a review, even if the policy is Ready.
	ConditionEnforced = "Enforced"
)

// Reasons of the condition Ready.
const (
	// ReasonInForce: this generation of the policy is in force.
	ReasonInForce = "InForce"
	// ReasonUnreadable: this generation is invalid, so it is not in force. The last valid generation
	// stays in force. If there was no valid generation, no collector can be added.
	ReasonUnreadable = "Unreadable"
)

// Reasons of the condition Compliant.
const (
	// ReasonNoViolations: the audit found no violation.
	ReasonNoViolations = "NoViolations"
	// ReasonViolations: the audit found violations; status.violations lists them.
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
