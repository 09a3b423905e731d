// Package webhook answers AdmissionReviews of kube-apiserver with verdicts of package
// validation: it decodes what a verdict needs, and encodes the verdict as the API server
// and kubectl understand it. No rule lives here.
//
// Its answers keep three things apart. A malformed or forbidden change is a refusal inside
// an HTTP 200. A request that is not for Sluice is an HTTP 4xx, and a fault of Sluice an
// HTTP 5xx; for the API server both are failed calls, so that failurePolicy decides.
package webhook
