package webhook

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"sluice/validation"
	"sluice/validation/policy"
)

// endless reads a text again and again, so that a test holds no large body.
type endless struct {
	text string
	next int
}

func (e *endless) Read(p []byte) (int, error) {
	for n := range p {
		p[n] = e.text[e.next]
		e.next = (e.next + 1) % len(e.text)
	}
	return len(p), nil
}

// stuffed is a body with a mark replaced by n bytes of a repeated text.
func stuffed(t *testing.T, body, text string, n int) (io.Reader, int64) {
	t.Helper()
	before, after, ok := strings.Cut(body, "MARK")
	if !ok {
		t.Fatal("the body has no mark")
	}
	n -= n % len(text)
	return io.MultiReader(strings.NewReader(before), io.LimitReader(&endless{text: text}, int64(n)), strings.NewReader(after)), int64(len(before) + n + len(after))
}

func sendStream(t *testing.T, h http.Handler, body io.Reader, length int64) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, MutatePath, body)
	request.ContentLength = length
	request.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request)
	return w
}

// flowsConfigReview is a review of a change of the ConfigMap.
func flowsConfigReview(operation, data, old string) string {
	object := func(data string) string {
		return `{"metadata":{"name":"ovs-flows-config","namespace":"openshift-network-operator"},"data":` + data + `}`
	}
	now := object(data)
	if operation == opDelete {
		now = "null"
	}
	return `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u-1","operation":"` + operation + `",
		"kind":{"group":"","version":"v1","kind":"ConfigMap"},"resource":{"group":"","version":"v1","resource":"configmaps"},
		"namespace":"openshift-network-operator","userInfo":{"username":"alice","groups":["network-team"]},
		"object":` + now + `,"oldObject":` + object(old) + `}}`
}

// The largest reviews that an API server can send are judged, and need no more memory than small ones.
func TestTheLargestReviewsAreJudged(t *testing.T) {
	const limit = 1 << 20
	keep := policy.Compile([]policy.Policy{{Name: "keep", RemovalRestricted: true}})
	const target = `{"sharedTarget":"192.0.2.1:4739"}`
	flows := review(opUpdate, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`, `{"netFlow":{"collectors":["192.0.2.2:2055"]}}`)
	for name, test := range map[string]struct{ body, text, message string }{
		"deletion with a large key":       {flowsConfigReview(opDelete, "", `{"junk":"MARK","sharedTarget":"192.0.2.1:4739"}`), `\u003c`, "[policy keep/removal]"},
		"deletion with large annotations": {strings.Replace(flowsConfigReview(opDelete, "", target), `"metadata":{`, `"metadata":{"annotations":{"x":"MARK"},`, 1), `\u003c`, "[policy keep/removal]"},
		"an edit with a large key":        {flowsConfigReview(opUpdate, `{"junk":"MARK"}`, target), `\u003c`, "[policy keep/removal]"},
		"many keys":                       {flowsConfigReview(opUpdate, `{"a":"b"MARK}`, target), `,"a":"b"`, "hold more than 1048576 bytes; the last one is /request/object/data"},
		"a large target":                  {flowsConfigReview(opUpdate, `{"sharedTarget":"MARK"}`, target), `\u003c`, "data.sharedTarget: is a string of more than 16384 bytes; write at most 10 collectors"},
		"a large stored target":           {flowsConfigReview(opDelete, "", `{"sharedTarget":"MARK"}`), `192.0.2.1:1,`, "data.sharedTarget: holds more in the stored object than can be read"},
		"a large collector":               {strings.Replace(flows, "192.0.2.1:2055", "MARK", 1), `é`, "netFlow.collectors[0]: is a string of more than 16384 bytes; write ADDRESS:PORT"},
		"many lists":                      {strings.Replace(flows, `["192.0.2.1:2055"]`, `[[0]MARK]`, 1), `,[0]`, "hold more than 1048576 bytes"},
		"a large status":                  {strings.Replace(flows, `"oldObject":{`, `"oldObject":{"status":[0MARK],`, 1), `,{"a":[0]}`, "[policy keep/removal]"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newTestHandler(Validate, keep)
			body, length := stuffed(t, test.body, test.text, 54<<20)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			w := sendStream(t, h, body, length)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 8*limit {
				t.Errorf("%d KiB allocated", used>>10)
			}
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"allowed":false`) || !strings.Contains(w.Body.String(), test.message) || w.Body.Len() > 4<<10 {
				t.Errorf("HTTP %d with %d bytes: %.1000s", w.Code, w.Body.Len(), w.Body)
			}
			if left := h.bodies.memory.left; left != maxShared {
				t.Errorf("%d bytes stay reserved", maxShared-left)
			}
		})
	}
}

// No API server sends more.
func TestLargerBodiesAreRefused(t *testing.T) {
	body := strings.Replace(review(opCreate, "", ""), `"spec":{`, `"spec":{"padding":"MARK"`, 1)
	for name, unknown := range map[string]bool{"told by the header": false, "found out": true} {
		t.Run(name, func(t *testing.T) {
			reader, length := stuffed(t, body, "x", maxBody)
			if unknown {
				length = -1
			}
			w := sendStream(t, newTestHandler(Mutate, nil), reader, length)
			if w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), "larger than") {
				t.Errorf("HTTP %d: %s", w.Code, w.Body)
			}
		})
	}
}

// A part that is skipped may be as deep as the API server stores it, and deeper.
func TestDepthOfSkippedPartsDoesNotMatter(t *testing.T) {
	good := review(opUpdate, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`, `{"netFlow":{"collectors":["192.0.2.2:2055"]}}`)
	deep := strings.Repeat(`{"f:a":`, 100_000) + "{}" + strings.Repeat("}", 100_000)
	for _, replacement := range [][2]string{
		{`"metadata":{`, `"metadata":{"managedFields":[{"fieldsV1":` + deep + `}],`},
		{`"oldObject":{`, `"oldObject":{"deep":` + deep + `,`},
		{`"spec":{`, `"spec":{"deep":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `,`},
	} {
		for list, allowed := range map[string]bool{"192.0.2.1:2055": true, "x": false} {
			body := strings.Replace(strings.Replace(good, replacement[0], replacement[1], 1), "192.0.2.1:2055", list, 1)
			if response := answer(t, newTestHandler(Mutate, nil), body); response.Allowed != allowed {
				t.Errorf("collector %s: allowed %t", list, response.Allowed)
			}
		}
	}
}

// Ten thousand groups are read, whatever their names.
func TestManyLongGroupsAreRead(t *testing.T) {
	group := `"cn=` + strings.Repeat("g", 90) + `"`
	body := strings.Replace(review(opCreate, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`, ""),
		`["network-team"]`, "["+strings.Repeat(group+",", 9000)+`"network-team"]`, 1)
	deny := policyFunc(func(u validation.User, _ validation.Change) []validation.Denial {
		if len(u.Groups) != 9001 {
			t.Errorf("%d groups", len(u.Groups))
		}
		return nil
	})
	if response := answer(t, newTestHandler(Validate, deny), body); !response.Allowed {
		t.Errorf("%+v", response.Result)
	}
}
