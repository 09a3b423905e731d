package webhook

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/validation"
)

// denyAll is a PolicySet that denies each collector that is added, and tells what is allowed.
type denyAll struct{}

func (denyAll) Evaluate(u validation.User, c validation.Change) validation.Decision {
	d := validation.Decision{Allowed: "NetFlow to 10.20.0.0/16"}
	for _, added := range c.Added {
		d.Denied = append(d.Denied, validation.Denial{
			Policies: []string{"team-a"}, Rule: "allow", Field: added.Field, Value: added.Text(), Message: u.Name + " may not send there",
		})
	}
	return d
}

const testUID = "0f8fad5b-d9cb-469f-a165-70867728950e"

// answerTo returns the status of the answer to a review with this UID.
func answerTo(t *testing.T, uid, flows string) *metav1.Status {
	t.Helper()
	w := send(t, newTestHandler(Mutate, denyAll{}), strings.Replace(review(opCreate, flows, ""), `"u-1"`, `"`+uid+`"`, 1))
	var out admissionv1.AdmissionReview
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || out.Response == nil {
		t.Fatalf("HTTP %d: %s", w.Code, w.Body)
	}
	if logged := out.Response.AuditAnnotations["request"]; logged != "" && logged != uid || (uid == testUID) != (logged == uid) {
		t.Errorf("the audit log has the request %q", logged)
	}
	return out.Response.Result
}

func TestADeniedChangeIsForbiddenWithALineForEachDenial(t *testing.T) {
	got := answerTo(t, testUID, `{"netFlow":{"collectors":["192.0.2.1:2055","192.0.2.2:2055"]}}`)
	want := &metav1.Status{
		Status: metav1.StatusFailure, Code: http.StatusForbidden, Reason: metav1.StatusReasonForbidden,
		Message: `Network.operator.openshift.io "cluster" is forbidden:
* spec.exportNetworkFlows.netFlow.collectors[0]: "192.0.2.1:2055": alice may not send there [policy team-a/allow]
* spec.exportNetworkFlows.netFlow.collectors[1]: "192.0.2.2:2055": alice may not send there [policy team-a/allow]
allowed: NetFlow to 10.20.0.0/16
to see what you may do: sluice policy explain --from-cluster (request ` + testUID + `)`,
		Details: &metav1.StatusDetails{Group: "operator.openshift.io", Kind: "Network", Name: "cluster", Causes: []metav1.StatusCause{
			{Type: "policy/team-a/allow", Field: "spec.exportNetworkFlows.netFlow.collectors[0]", Message: `"192.0.2.1:2055": alice may not send there [policy team-a/allow]`},
			{Type: "policy/team-a/allow", Field: "spec.exportNetworkFlows.netFlow.collectors[1]", Message: `"192.0.2.2:2055": alice may not send there [policy team-a/allow]`},
			{
				Type: "hint", Field: "spec.exportNetworkFlows",
				Message: "allowed: NetFlow to 10.20.0.0/16; to see what you may do: sluice policy explain --from-cluster (request " + testUID + ")",
			},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// kubectl prints the causes of a 422 in place of the message, so the last cause says what is
// allowed.
func TestAMalformedAndDeniedChangeIsInvalidWithOneHint(t *testing.T) {
	got := answerTo(t, testUID, `{"netFlow":{"collectors":["192.0.2.1:2055","x:1"]}}`)
	causes := got.Details.Causes
	if got.Code != http.StatusUnprocessableEntity || len(causes) != 3 || causes[0].Type != "hostname" || causes[1].Type != "policy/team-a/allow" {
		t.Fatalf("%+v", got)
	}
	want := metav1.StatusCause{
		Type: validation.CauseHint, Field: "spec.exportNetworkFlows",
		Message: "allowed: NetFlow to 10.20.0.0/16; to see what you may do: sluice policy explain --from-cluster (request " + testUID + ")",
	}
	if diff := cmp.Diff(want, causes[2]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if n := strings.Count(got.Message, "\n* "); n != 2 || strings.Count(got.Message, "allowed: ") != 1 {
		t.Errorf("%d lines in %s", n, got.Message)
	}
}

// Only the API server's own form of a UID is repeated.
func TestAStrangeUIDIsNotRepeated(t *testing.T) {
	for _, uid := range []string{"u-2", strings.Repeat("a", 1000), "0f8fad5b-d9cb-469f-a165-7086772895\\n\\n"} {
		got := answerTo(t, uid, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`)
		if !strings.HasSuffix(got.Message, "--from-cluster") {
			t.Errorf("%q: %s", uid, got.Message)
		}
	}
}
