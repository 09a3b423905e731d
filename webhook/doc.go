// Package webhook answers the AdmissionReviews of kube-apiserver with verdicts of package
// validation. It decodes the fields that a verdict depends on, and encodes the verdict for the
// API server and kubectl. It contains no rules.
//
// The answers distinguish three cases. A change that is invalid or not allowed is refused with
// HTTP 200. A request that is not for Sluice gets HTTP 4xx, and an internal error HTTP 5xx. For
// the API server both are failed calls, to which it applies failurePolicy.
package webhook
