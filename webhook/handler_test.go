package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/validation"
)

// review is an AdmissionReview for one change of the lists.
func review(operation, flows, old string) string {
	object := func(flows string) string {
		if flows == "" {
			return `{"metadata":{"name":"cluster"},"spec":{}}`
		}
		return `{"metadata":{"name":"cluster"},"spec":{"exportNetworkFlows":` + flows + `}}`
	}
	oldObject := "null"
	if operation == opUpdate {
		oldObject = object(old)
	}
	return `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u-1","operation":"` + operation + `",
		"kind":{"group":"operator.openshift.io","version":"v1","kind":"Network"},
		"resource":{"group":"operator.openshift.io","version":"v1","resource":"networks"},
		"userInfo":{"username":"alice","groups":["network-team"]},
		"object":` + object(flows) + `,"oldObject":` + oldObject + `}}`
}

func newTestHandler(phase Phase, policies validation.PolicySet) *Handler {
	h := HandlerOptions{Phase: phase, Metrics: NewMetrics(prometheus.NewRegistry()), Log: logr.Discard()}
	if policies != nil {
		h.Policies = func() (validation.PolicySet, error) { return policies, nil }
	}
	return NewHandler(h)
}

func send(t *testing.T, h http.Handler, body string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, MutatePath, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request)
	return w
}

func answer(t *testing.T, h http.Handler, body string) *admissionv1.AdmissionResponse {
	t.Helper()
	w := send(t, h, body)
	if w.Code != http.StatusOK {
		t.Fatalf("HTTP %d: %s", w.Code, w.Body)
	}
	var review admissionv1.AdmissionReview
	if err := json.Unmarshal(w.Body.Bytes(), &review); err != nil {
		t.Fatal(err)
	}
	if review.Response == nil || review.Response.UID != "u-1" {
		t.Fatalf("no response to request u-1 in %s", w.Body)
	}
	return review.Response
}

func TestMalformedListIsInvalidWithACauseForEachFinding(t *testing.T) {
	h := newTestHandler(Mutate, nil)
	response := answer(t, h, review(opCreate, `{"netFlow":{"collectors":["192.0.2.1",7]}}`, ""))
	want := &metav1.Status{
		Status: metav1.StatusFailure, Code: http.StatusUnprocessableEntity, Reason: metav1.StatusReasonInvalid,
		Message: `Network.operator.openshift.io "cluster" is invalid:` +
			"\n" + `* spec.exportNetworkFlows.netFlow.collectors[0]: "192.0.2.1": has no port; there is no default; write "192.0.2.1:2055" [sluice/missing-port]` +
			"\n" + `* spec.exportNetworkFlows.netFlow.collectors[1]: is a number (7), but must be a string; write ADDRESS:PORT in quotes [sluice/wrong-type]`,
		Details: &metav1.StatusDetails{Group: "operator.openshift.io", Kind: "Network", Name: "cluster", Causes: []metav1.StatusCause{
			{Type: "missing-port", Field: "spec.exportNetworkFlows.netFlow.collectors[0]", Message: `"192.0.2.1": has no port; there is no default; write "192.0.2.1:2055" [sluice/missing-port]`},
			{Type: "wrong-type", Field: "spec.exportNetworkFlows.netFlow.collectors[1]", Message: `is a number (7), but must be a string; write ADDRESS:PORT in quotes [sluice/wrong-type]`},
		}},
	}
	if diff := cmp.Diff(want, response.Result); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if response.Allowed || response.Patch != nil {
		t.Errorf("allowed %v, patch %s", response.Allowed, response.Patch)
	}
	if diff := cmp.Diff(map[string]string{"verdict": "Rejected", "rules": "missing-port,wrong-type"}, response.AuditAnnotations); diff != "" {
		t.Errorf("audit annotations (-want +got)\n%s", diff)
	}
}

func TestNormalizedListIsPatched(t *testing.T) {
	h := newTestHandler(Mutate, nil)
	response := answer(t, h, review(opCreate, `{"netFlow":{"collectors":[" 192.0.2.1:2055"]},"sFlow":{"collectors":[]}}`, ""))
	want := `[{"op":"replace","path":"/spec/exportNetworkFlows/netFlow/collectors","value":["192.0.2.1:2055"]},{"op":"remove","path":"/spec/exportNetworkFlows/sFlow"}]`
	if !response.Allowed || string(response.Patch) != want {
		t.Errorf("allowed %v, patch %s, want %s", response.Allowed, response.Patch, want)
	}
}

// The mutating call normalizes. A list that is still not canonical in the validating call was
// changed in between, or the mutating webhook is not registered.
func TestValidatingHandlerRejectsNonCanonicalLists(t *testing.T) {
	h := newTestHandler(Validate, nil)
	response := answer(t, h, review(opCreate, `{"netFlow":{"collectors":["192.0.2.1:2055","192.0.2.1:2055"]}}`, ""))
	if response.Allowed || response.Patch != nil {
		t.Errorf("allowed %v, patch %s", response.Allowed, response.Patch)
	}
}

func TestEachWarningIsReportedInOnePhase(t *testing.T) {
	flows := `{"netFlow":{"collectors":[" 127.0.0.1:2055"]}}`
	mutate := newTestHandler(Mutate, nil)
	validate := newTestHandler(Validate, nil)
	first := answer(t, mutate, review(opCreate, flows, "")).Warnings
	second := answer(t, validate, review(opCreate, strings.ReplaceAll(flows, " ", ""), "")).Warnings
	want := [][]string{
		{`netFlow.collectors[0]: " 127.0.0.1:2055" stored as "127.0.0.1:2055": surrounding white space removed`},
		{`netFlow.collectors[0]: "127.0.0.1:2055" is a loopback address; each node sends its records to itself`},
	}
	if diff := cmp.Diff(want, [][]string{first, second}); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWarningsFitTheLimitOfTheAPIServer(t *testing.T) {
	entries := make([]string, 200)
	for i := range entries {
		entries[i] = `" 127.0.0.1:2055"`
	}
	h := newTestHandler(Mutate, nil)
	warnings := answer(t, h, review(opCreate, `{"netFlow":{"collectors":[`+strings.Join(entries, ",")+`]}}`, "")).Warnings
	total := 0
	for _, w := range warnings {
		total += len(w)
	}
	if total > maxWarnings || !strings.Contains(warnings[len(warnings)-1], "more warnings") {
		t.Errorf("%d characters in %d warnings, the last %q", total, len(warnings), warnings[len(warnings)-1])
	}
}

// policyFunc is a function as a PolicySet.
type policyFunc func(validation.User, validation.Change) []validation.Denial

func (f policyFunc) Evaluate(u validation.User, c validation.Change) validation.Decision {
	return validation.Decision{Denied: f(u, c)}
}

func TestPanicIsAnInternalErrorAndTheNextRequestIsServed(t *testing.T) {
	calls := 0
	h := newTestHandler(Mutate, policyFunc(func(validation.User, validation.Change) []validation.Denial {
		if calls++; calls == 1 {
			panic("broken")
		}
		return nil
	}))
	body := review(opCreate, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`, "")
	if w := send(t, h, body); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "broken") {
		t.Errorf("HTTP %d: %s", w.Code, w.Body)
	}
	if response := answer(t, h, body); !response.Allowed {
		t.Errorf("the next request: %+v", response.Result)
	}
	if used := maxShared - h.bodies.memory.left; used != 0 || len(h.bodies.turns) != 0 {
		t.Errorf("%d bytes and %d turns are still taken", used, len(h.bodies.turns))
	}
}

func TestUnchangedMalformedEntryIsAccepted(t *testing.T) {
	h := newTestHandler(Mutate, nil)
	old := `{"netFlow":{"collectors":["10.0.0.01:2055"]}}`
	for _, flows := range []string{old, `{"netFlow":{"collectors":["10.0.0.01:2055","192.0.2.1:2055"]}}`, ""} {
		if response := answer(t, h, review(opUpdate, flows, old)); !response.Allowed || response.Patch != nil {
			t.Errorf("%s: %+v", flows, response)
		}
	}
}

// failingReader fails in the middle of a body.
type failingReader struct{ io.Reader }

func (f failingReader) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestTruncatedBody(t *testing.T) {
	h := newTestHandler(Mutate, nil)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, MutatePath, failingReader{bytes.NewReader(usualReview[:1000])})
	request.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request)
	if w.Code != http.StatusBadRequest {
		t.Errorf("HTTP %d: %s", w.Code, w.Body)
	}
}
