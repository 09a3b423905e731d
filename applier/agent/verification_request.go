package agent

import (
	"fmt"
	"strings"
	"time"

	"sluice/api/v1alpha1"
	"sluice/validation"
)

// maxVerification bounds how long a verification may take: an extra target costs as much
// as any other.
const maxVerification = 10 * time.Minute

// refusal says why a verification was refused.
type refusal struct {
	reason  v1alpha1.VerificationReason
	message string
}

// requests are those in the value of the annotation, by commas.
func requests(value string) []string {
	return strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
}

// lastEnd is when the last of the requests ends, at most maxVerification ahead. A request that
// can't be read ends no other one.
func lastEnd(value string, now time.Time) (time.Time, *refusal) {
	var last time.Time
	var bad *refusal
	for _, request := range requests(value) {
		until, err := time.Parse(time.RFC3339, request)
		if err != nil {
			bad = &refusal{v1alpha1.VerificationBadRequest, fmt.Sprintf("%q is not an RFC 3339 time such as 2006-01-02T15:04:05Z", request)}
			continue
		}
		if until.After(last) {
			last = until
		}
	}
	switch {
	case now.Before(last):
	case bad != nil:
		return last, bad
	default:
		return last, &refusal{v1alpha1.VerificationTooLate, "the requested end is in the past; are the clocks synchronized?"}
	}
	if most := now.Add(maxVerification); last.After(most) {
		last = most
	}
	return last, nil
}

// among reports whether all of the requests in a value are in another one, too.
func among(value, other string) bool {
	have := map[string]bool{}
	for _, r := range requests(other) {
		have[r] = true
	}
	for _, r := range requests(value) {
		if !have[r] {
			return false
		}
	}
	return true
}

// refuse says why a verification can't be started, if so.
func refuse(formats []validation.Format, writes bool) *refusal {
	switch {
	case !writes:
		return &refusal{v1alpha1.VerificationMayNotWrite, "the agent may not change Open vSwitch: it runs in mode Observe or Cleanup, by its flag or by the FlowExportProfile, or the Cluster Network Operator applies no lists (see the condition Applied)"}
	case len(formats) == 0:
		return &refusal{v1alpha1.VerificationNothingConfigured, "nothing is to be exported, so there is nothing to verify"}
	}
	return nil
}
