package v1alpha1

// The types of a FlowExportPolicy's conditions.
const (
	// ConditionReady: this generation of the policy is valid, and every replica of the webhook
	// evaluates it.
	ConditionReady = "Ready"
	// ConditionCompliant: no stored collector violates the policy, no required one is missing, and all
	// FlowExports in the namespaces that the policy names are accepted.
	ConditionCompliant = "Compliant"
	// ConditionEnforced: the API server calls the webhook for all changes that the policy is
	// about. If it is false, changes can pass without a review, even if the policy is Ready.
	ConditionEnforced = "Enforced"
	// ConditionRemovalEnforced: the API server itself denies the removal of all collectors where
	// this generation of the policy denies it, even if the webhook does not answer. While it is
	// false, users for whom the policy restricts removals cannot remove all collectors, unless the
	// reason is Off, NotInstalled or Changed.
	ConditionRemovalEnforced = "RemovalEnforced"
)

// Reasons of the condition Ready.
const (
	// ReasonInForce: this generation of the policy is in force in every replica of the webhook.
	ReasonInForce = "InForce"
	// ReasonUnreadable: this generation is invalid, so it is not in force. The last valid generation
	// stays in force. If there was no valid generation, no collector can be added.
	ReasonUnreadable = "Unreadable"
	// ReasonNotEverywhere: this generation of the policy is valid, but a replica that may answer reviews
	// has not reported that it has it in force. A replica that is lost counts until it must have
	// stopped answering, which takes some minutes.
	ReasonNotEverywhere = "NotEverywhere"
)

// Reasons of the condition Compliant. If no valid generation of the policy is in force, the reason is
// Unreadable.
const (
	// ReasonNoViolations: the audit found no violation.
	ReasonNoViolations = "NoViolations"
	// ReasonViolations: the audit found violations; status.violations lists them.
	ReasonViolations = "Violations"
	// ReasonFlowExportsRefused: not all FlowExports in the namespaces that the policy names are
	// accepted; status.flowExports counts them.
	ReasonFlowExportsRefused = "FlowExportsRefused"
)

// Reasons of the condition Enforced.
const (
	// ReasonRegistered: the webhook configurations match the installed manifests.
	ReasonRegistered = "Registered"
	// ReasonNotRegistered: a webhook configuration is missing, or differs from the manifests.
	ReasonNotRegistered = "NotRegistered"
)

// Reasons of the condition RemovalEnforced. If the latest generation is invalid, the reason is
// Unreadable.
const (
	// ReasonInAPIServer: admission policies in the API server deny what the policy denies.
	ReasonInAPIServer = "InAPIServer"
	// ReasonNotRestricted: the policy denies no removal.
	ReasonNotRestricted = "NotRestricted"
	// ReasonKeptOff: --admission-policies=off. Removals pass while the webhook does not answer.
	ReasonKeptOff = "Off"
	// ReasonNotInstalled: the ValidatingAdmissionPolicy sluice-removal of the manifests is missing.
	ReasonNotInstalled = "NotInstalled"
	// ReasonChanged: the ValidatingAdmissionPolicy sluice-removal differs from the manifests.
	ReasonChanged = "Changed"
	// ReasonNotExpressible: the rules cannot be compiled, or this version of Kubernetes does not
	// accept the result.
	ReasonNotExpressible = "NotExpressible"
	// ReasonNotStored: an admission policy could not be stored. Sluice tries again.
	ReasonNotStored = "NotStored"
)

// A reason of all conditions of a FlowExportPolicy.
const (
	// ReasonNotRead: what the condition is about can't be read from the API server at present, so
	// the condition is Unknown.
	ReasonNotRead = "NotRead"
)

// EventReasonDenied is the reason of an Event on a FlowExportPolicy that denied a change.
const EventReasonDenied = "Denied"

// EventSource is the component that reports such Events.
const EventSource = "sluice-webhook"
