// Package admissionpolicies keeps ValidatingAdmissionPolicies in the API server that are compiled
// from the FlowExportPolicies. They evaluate requests that pass if the webhook does not answer,
// whether it answers or not.
package admissionpolicies
