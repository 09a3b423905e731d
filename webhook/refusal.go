package webhook

import (
	"fmt"
	"net/http"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/validation"
)

// invalid is the status for a malformed object: 422 with a cause for each finding, which kubectl
// prints as a list. It also lists the denials, so that the user sees all problems at once.
func invalid(request *admissionRequest, verdict validation.Verdict) *metav1.Status {
	field := listField(request)
	causes := make([]metav1.StatusCause, 0, len(verdict.Errors)+len(verdict.Denials)+3)
	for _, f := range verdict.Errors {
		causes = append(causes, metav1.StatusCause{Type: metav1.CauseType(f.Rule), Field: f.Field, Message: f.Text()})
	}
	if verdict.Omitted > 0 {
		causes = append(causes, metav1.StatusCause{
			Type: metav1.CauseTypeFieldValueInvalid, Field: field,
			Message: fmt.Sprintf("and %d more findings; \"sluice check\" lists them all", verdict.Omitted),
		})
	}
	causes = boundedCauses(append(causes, denialCauses(verdict, field)...))
	lines := causeLines(causes)
	if len(verdict.Denials) > 0 {
		// kubectl prints the causes of a 422, and not the message.
		notes := hint(request, verdict)
		causes = append(causes, hintCause(field, notes))
		lines = append(lines, notes...)
	}
	return status(request, http.StatusUnprocessableEntity, metav1.StatusReasonInvalid, "is invalid", lines, causes)
}

// forbidden is the status for a change that a policy denies: 403. kubectl prints the message of a
// 403, and not the causes, so the message has a line for each denial.
func forbidden(request *admissionRequest, verdict validation.Verdict) *metav1.Status {
	field := listField(request)
	causes := boundedCauses(denialCauses(verdict, field))
	notes := hint(request, verdict)
	lines := append(causeLines(causes), notes...)
	causes = append(causes, hintCause(field, notes))
	return status(request, http.StatusForbidden, metav1.StatusReasonForbidden, "is forbidden", lines, causes)
}

func denialCauses(verdict validation.Verdict, field string) []metav1.StatusCause {
	causes := make([]metav1.StatusCause, 0, len(verdict.Denials)+1)
	for _, d := range verdict.Denials {
		causes = append(causes, metav1.StatusCause{Type: metav1.CauseType(d.Cause()), Field: d.Field, Message: d.Text()})
	}
	if verdict.OmittedDenials > 0 {
		causes = append(causes, metav1.StatusCause{
			Type: metav1.CauseTypeForbidden, Field: field,
			Message: fmt.Sprintf("and %d more denials", verdict.OmittedDenials),
		})
	}
	return causes
}

// hint ends an answer with denials: what the user may do, and the request's UID, under which the
// log of the webhook and the audit log have it.
func hint(request *admissionRequest, verdict validation.Verdict) []string {
	var lines []string
	if verdict.Allowed != "" {
		lines = append(lines, "allowed: "+cut(verdict.Allowed, maxAllowed))
	}
	how := "to see what you may do: sluice policy explain --from-cluster"
	if uid := requestUID(request); uid != "" {
		how += " (request " + uid + ")"
	}
	return append(lines, how)
}

func hintCause(field string, notes []string) metav1.StatusCause {
	return metav1.StatusCause{Type: validation.CauseHint, Field: field, Message: strings.Join(notes, "; ")}
}

// requestUID is the UID of the request if it has the form of one; otherwise "".
func requestUID(request *admissionRequest) string {
	const length = 36 // RFC 9562
	if len(request.UID) != length || strings.Trim(request.UID, "0123456789abcdef-") != "" {
		return ""
	}
	return request.UID
}

// listField is the field that a line about the whole answer names.
func listField(request *admissionRequest) string {
	switch request.Resource.Resource {
	case validation.FlowsConfig.String():
		return "data"
	case validation.FlowCollectorResource, validation.Profile.String(), validation.FlowExport.String():
		return "spec"
	}
	return "spec.exportNetworkFlows"
}

func causeLines(causes []metav1.StatusCause) []string {
	lines := make([]string, len(causes))
	for i, c := range causes {
		lines[i] = "* " + c.Field + ": " + c.Message
	}
	return lines
}

// status is a refusal. Clients that print only the message, such as web consoles, print lines.
func status(request *admissionRequest, code int32, reason metav1.StatusReason, what string, lines []string, causes []metav1.StatusCause) *metav1.Status {
	name := request.Object.Name
	kind := request.Kind.Kind
	if request.Kind.Group != "" {
		kind += "." + request.Kind.Group
	}
	return &metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    code,
		Reason:  reason,
		Message: fmt.Sprintf("%s %s %s:\n%s", kind, validation.Quote(name), what, strings.Join(lines, "\n")),
		Details: &metav1.StatusDetails{Group: request.Kind.Group, Kind: request.Kind.Kind, Name: name, UID: "", Causes: causes},
	}
}
