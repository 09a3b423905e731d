package webhook

import (
	"errors"
	"fmt"
	"net/http"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"sluice/validation"
)

// respond returns the answer with a verdict.
func respond(request *admissionRequest, verdict validation.Verdict, phase Phase) (*admissionv1.AdmissionReview, error) {
	outcome := verdict.Outcome()
	response := &admissionv1.AdmissionResponse{
		UID:              types.UID(request.UID),
		Allowed:          outcome == validation.Accepted || outcome == validation.Normalized,
		AuditAnnotations: annotations(request, verdict),
	}
	switch outcome {
	case validation.Rejected:
		response.Result = invalid(request, verdict)
	case validation.Denied:
		response.Result = forbidden(request, verdict)
	case validation.Normalized:
		patch, err := encodePatch(verdict.Edits)
		if err != nil {
			return nil, err
		}
		kind := admissionv1.PatchTypeJSONPatch
		response.Patch, response.PatchType = patch, &kind
	case validation.Accepted:
	}
	response.Warnings = warnings(verdict, phase)
	return answerWith(response), nil
}

func answerWith(response *admissionv1.AdmissionResponse) *admissionv1.AdmissionReview {
	return &admissionv1.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
		Response: response,
	}
}

// unreadable returns the answer to a request that was not read to the end. It is not an HTTP
// error, so that the request can't pass with failurePolicy Ignore.
func unreadable(request *admissionRequest) *admissionv1.AdmissionReview {
	result := &metav1.Status{
		Status: metav1.StatusFailure, Code: http.StatusBadRequest, Reason: metav1.StatusReasonBadRequest,
		Message: "the request can't be evaluated: " + cut(request.Unreadable.Error(), maxError),
	}
	if isTooMuch(request.Unreadable) {
		result.Code, result.Reason = http.StatusRequestEntityTooLarge, metav1.StatusReasonRequestEntityTooLarge
		result.Message += fmt.Sprintf("; a list of collectors has at most %d entries", validation.MaxCollectors)
	}
	return answerWith(&admissionv1.AdmissionResponse{UID: types.UID(request.UID), Result: result})
}

// maxOwners bounds the owner references of an object. Usual objects have one. Reviews of an object with
// thousands would hold more than one review may, so that no user could change its collectors any more.
const maxOwners = 32

func tooManyOwners(request *admissionRequest, n int) *admissionv1.AdmissionReview {
	return answerWith(&admissionv1.AdmissionResponse{UID: types.UID(request.UID), Result: &metav1.Status{
		Status: metav1.StatusFailure, Code: http.StatusUnprocessableEntity, Reason: metav1.StatusReasonInvalid,
		Message: fmt.Sprintf("metadata.ownerReferences: has %d owner references; Sluice accepts at most %d; remove some", n, maxOwners),
	}})
}

// beingDeleted rejects an addition to an object that only finalizers keep. What is added would be deleted
// with it, by the user who removes the last finalizer, without another evaluation.
func beingDeleted(request *admissionRequest) *admissionv1.AdmissionReview {
	return answerWith(&admissionv1.AdmissionResponse{UID: types.UID(request.UID), Result: &metav1.Status{
		Status: metav1.StatusFailure, Code: http.StatusConflict, Reason: metav1.StatusReasonConflict,
		Message: "the object is being deleted, and everything that is added now would be deleted with it; remove its finalizers, wait until it is gone, and create it again",
	}})
}

// isTooMuch reports whether a request holds more than Sluice reads.
func isTooMuch(err error) bool {
	return errors.Is(err, validation.ErrTooManyValues) || errors.Is(err, errTooLarge)
}

// annotations are written to the audit log of the API server.
func annotations(request *admissionRequest, verdict validation.Verdict) map[string]string {
	outcome := verdict.Outcome()
	a := map[string]string{"verdict": string(outcome)}
	if uid := requestUID(request); uid != "" && (outcome == validation.Rejected || outcome == validation.Denied) {
		a["request"] = uid
	}
	if rules := verdict.Rules(); len(rules) > 0 {
		a["rules"] = boundedList(rules, ",")
	}
	for key, denials := range map[string][]validation.Denial{
		"policies": verdict.Denials, "policies-warn": verdict.Warned, "policies-audit": verdict.Audited,
	} {
		if len(denials) > 0 {
			a[key] = boundedList(validation.PolicyNames(denials), ",")
		}
	}
	if len(verdict.Audited) > 0 {
		a["audited"] = auditText(verdict.Audited)
	}
	if len(verdict.AppliedPolicies) > 0 {
		a["policies-applied"] = boundedList(verdict.AppliedPolicies, ",")
	}
	return a
}

// auditText lists the denials of policies with the enforcement Audit.
func auditText(denials []validation.Denial) string {
	lines := make([]string, len(denials))
	for i, d := range denials {
		lines[i] = d.Line()
	}
	return boundedList(lines, "; ")
}

// maxWarnings is the number of characters up to which the API server passes on warnings. Beyond
// that, it cuts each warning to 256 characters (its packages responsewriters and warning).
const maxWarnings = 4096

// warnings lists the warnings of an answer. The mutating call reports what it normalized, and the
// validating call everything else, so that each warning is printed once. A refusal ends the
// request, so it has all warnings.
func warnings(verdict validation.Verdict, phase Phase) []string {
	refused := verdict.Outcome() == validation.Rejected || verdict.Outcome() == validation.Denied
	var lines []string
	room := maxWarnings
	left := 0 // warnings that do not fit
	add := func(line string) {
		const note = 64 // room for the last line
		if left > 0 || len(line) > room-note {
			left++
			return
		}
		room -= len(line)
		lines = append(lines, line)
	}
	if refused || phase == Validate {
		for _, d := range verdict.Warned {
			add("accepted, but a policy warns: " + d.Line())
		}
		if verdict.AllowedWarned != "" {
			add("allowed: " + verdict.AllowedWarned)
		}
	}
	for _, f := range verdict.Warnings {
		if refused || f.Rewritten == (phase == Mutate) {
			add(f.Line())
		}
	}
	if !refused {
		left += verdict.Omitted
	}
	if left > 0 {
		lines = append(lines, fmt.Sprintf("and %d more warnings; \"sluice check\" lists them all", left))
	}
	return lines
}
