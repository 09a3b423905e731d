package webhook

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Anyone who can reach the port can send any body. The answer says what is wrong, the API server
// treats it as a failed call, and the next request is served.
func TestHostileBodies(t *testing.T) {
	good := review(opCreate, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`, "")
	replaced := func(old, replacement string) string { return strings.Replace(good, old, replacement, 1) }
	tests := map[string]struct {
		body   string
		status int
		text   string
	}{
		"empty":                     {"", http.StatusBadRequest, "not an AdmissionReview"},
		"no JSON":                   {"hello", http.StatusBadRequest, "not an AdmissionReview"},
		"truncated":                 {good[:len(good)/2], http.StatusBadRequest, "not an AdmissionReview"},
		"a list":                    {"[]", http.StatusBadRequest, "the body is not an object"},
		"other kind":                {replaced("AdmissionReview", "Pod"), http.StatusBadRequest, `"Pod"`},
		"other version":             {replaced("admission.k8s.io/v1", "admission.k8s.io/v1beta1"), http.StatusBadRequest, "want kind AdmissionReview of admission.k8s.io/v1"},
		"no request":                {`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}`, http.StatusBadRequest, "no request"},
		"null request":              {`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":null}`, http.StatusBadRequest, "no request"},
		"no UID":                    {replaced(`"uid":"u-1",`, ""), http.StatusBadRequest, "no request.uid"},
		"UID is a number":           {replaced(`"u-1"`, "1"), http.StatusBadRequest, "/request/uid is not a string"},
		"no object":                 {replaced(`"object":`, `"other":`), http.StatusBadRequest, "no request.object"},
		"update without old object": {replaced(opCreate, opUpdate), http.StatusBadRequest, "no request.oldObject"},
		"deletion of nothing":       {replaced(opCreate, opDelete), http.StatusBadRequest, "no request.oldObject"},
		"other operation":           {replaced(opCreate, "CONNECT"), http.StatusBadRequest, "only CREATE, UPDATE and DELETE"},
		"other resource":            {strings.ReplaceAll(good, "networks", "pods"), http.StatusBadRequest, "check the rules of the webhook configuration"},
		"other kind of object":      {strings.ReplaceAll(good, `"kind":"Network"`, `"kind":"Ingress"`), http.StatusBadRequest, "check the rules"},
		"subresource":               {replaced(`"operation"`, `"subResource":"status","operation"`), http.StatusBadRequest, "networks/status"},
		"long UID":                  {replaced(`"u-1"`, `"`+strings.Repeat("<", 1<<20)+`"`), http.StatusBadRequest, "/request/uid is a string of more than 4096 bytes"},
		"long operation":            {replaced(opCreate, strings.Repeat("X", maxText-2)), http.StatusBadRequest, "only CREATE, UPDATE and DELETE"},
	}
	h := newTestHandler(Mutate, nil)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := send(t, h, test.body)
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.text) || !strings.HasPrefix(w.Body.String(), "sluice: ") {
				t.Errorf("HTTP %d: %s", w.Code, w.Body)
			}
			if w.Body.Len() > 1000 {
				t.Errorf("the answer has %d bytes", w.Body.Len())
			}
			if !answer(t, h, good).Allowed {
				t.Error("the next request is refused")
			}
		})
	}
}

// What a user wrote must not become an HTTP error: failurePolicy Ignore would let a removal pass
// unevaluated.
func TestUnreadableRequestsAreRejectedByAnAnswer(t *testing.T) {
	good := review(opUpdate, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`, `{"netFlow":{"collectors":["192.0.2.2:2055"]}}`)
	replaced := func(old, replacement string) string { return strings.Replace(good, old, replacement, 1) }
	long := strings.Repeat("<", 1<<20)
	tests := map[string]struct{ body, text string }{
		"text after it":      {good + "{}", "text after the value"},
		"groups is a number": {replaced(`"operation"`, `"userInfo":{"groups":1},"operation"`), "/request/userInfo/groups is not a list"},
		"duplicate key":      {replaced(`"uid":"u-1"`, `"uid":"u-1","uid":"u-2"`), "duplicate"},
		"duplicate lists":    {replaced(`"spec":{`, `"spec":{"exportNetworkFlows":{},`), "duplicate"},
		"bad syntax":         {replaced(`"oldObject":`, `"oldObject"`), "invalid character"},
		"a missing value":    {replaced(`"spec":{`, `"spec":{"padding":,`), "invalid character"},
		"a missing comma":    {replaced(`"uid":"u-1",`, `"uid":"u-1"`), "invalid character"},
		"deep lists":         {replaced(`["192.0.2.1:2055"]`, strings.Repeat("[", 5000)+strings.Repeat("]", 5000)), "nested deeper"},
		"not UTF-8":          {replaced("192.0.2.1", "192\xff0.2.1"), "UTF-8"},
		"long name":          {replaced(`"name":"cluster"`, `"name":"`+long+`"`), "/request/object/metadata/name is a string of more than 4096 bytes"},
		"long kind":          {replaced(`"kind":{"group":"`, `"kind":{"group":"`+long), "/request/kind/group is a string of more than 4096 bytes"},
		"long user":          {replaced("alice", long), "/request/userInfo/username is a string of more than 4096 bytes"},
		"long group":         {replaced("network-team", long), "/request/userInfo/groups/0 is a string of more than 4096 bytes"},
		"duplicate object":   {replaced(`"object":`, `"object":{},"object":`), "duplicate key /request/object"},
		"duplicate groups":   {replaced(`"groups":`, `"groups":["x"],"groups":`), "duplicate key /request/userInfo/groups"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, phase := range []Phase{Mutate, Validate} {
				h := newTestHandler(phase, nil)
				w := send(t, h, test.body)
				if w.Body.Len() > 1000 {
					t.Errorf("the answer has %d bytes", w.Body.Len())
				}
				response := answer(t, h, test.body)
				if response.Allowed || response.Result.Code != http.StatusBadRequest || !strings.Contains(response.Result.Message, test.text) {
					t.Errorf("allowed: %t, result: %+v", response.Allowed, response.Result)
				}
			}
		})
	}
}

// The API server compares keys exactly. A decoder that accepted EXPORTNETWORKFLOWS would review
// another list than the stored one.
func TestCaseVariantKeysAreNotRead(t *testing.T) {
	body := strings.Replace(review(opCreate, `{"netFlow":{"collectors":["x"]}}`, ""), `"spec":{`, `"spec":{"EXPORTNETWORKFLOWS":{},"ExportNetworkFlows":null,`, 1)
	h := newTestHandler(Mutate, nil)
	if answer(t, h, body).Allowed {
		t.Error("the bad list is allowed")
	}
	body = strings.Replace(review(opCreate, `{}`, ""), `"exportNetworkFlows":{}`, `"EXPORTNETWORKFLOWS":{"netFlow":{"collectors":["x"]}}`, 1)
	if response := answer(t, h, body); !response.Allowed || response.Patch != nil {
		t.Errorf("a key with other capital letters was reviewed: %+v", response)
	}
}

// The schema of the CRD rejects a spec that is not an object. It must not cause an error here.
func TestSpecOfTheWrongTypeIsLeftToTheSchema(t *testing.T) {
	h := newTestHandler(Mutate, nil)
	for _, spec := range []string{`"x"`, "7", "null", "[]", `{"defaultNetwork":7}`, `{"clusterNetwork":"x","serviceNetwork":{"a":1},"managementState":[]}`} {
		body := strings.Replace(review(opCreate, "", ""), `"spec":{}`, `"spec":`+spec, 1)
		if response := answer(t, h, body); !response.Allowed {
			t.Errorf("spec %s: %+v", spec, response.Result)
		}
	}
}

func TestWrongMethodAndContentType(t *testing.T) {
	h := newTestHandler(Mutate, nil)
	for _, test := range []struct {
		method, contentType string
		status              int
	}{
		{http.MethodGet, "application/json", http.StatusMethodNotAllowed},
		{http.MethodPost, "", http.StatusUnsupportedMediaType},
		{http.MethodPost, "text/plain", http.StatusUnsupportedMediaType},
		{http.MethodPost, "application/json; charset=utf-8", http.StatusOK},
	} {
		request := httptest.NewRequestWithContext(t.Context(), test.method, MutatePath, strings.NewReader(review(opCreate, "", "")))
		request.Header.Set("Content-Type", test.contentType)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request)
		if w.Code != test.status {
			t.Errorf("%s %q: HTTP %d, want %d", test.method, test.contentType, w.Code, test.status)
		}
	}
}

// A hundred senders that never finish hold little memory, keep nobody out, and are sent
// away.
func TestSlowClientsTimeOut(t *testing.T) {
	h := newTestHandler(Mutate, nil)
	h.bodies.timeout = 300 * time.Millisecond
	server := httptest.NewServer(h)
	defer server.Close()
	const senders = 100
	connections := make([]net.Conn, senders)
	for i := range connections {
		connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		fmt.Fprintf(connection, "POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n{", maxBody)
		connections[i] = connection
	}
	response, err := http.Post(server.URL, "application/json", strings.NewReader(review(opCreate, "", ""))) //nolint:noctx // the test's own deadline suffices
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("a review next to slow senders: %s", response.Status)
	}
	for _, connection := range connections {
		answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusRequestTimeout || !strings.Contains(string(text), "did not arrive") {
			t.Fatalf("%s: %s (%v)", answer.Status, text, err)
		}
	}
}

// A list as long as the body limit allows gets an answer of bounded size, in bounded time.
func TestAnswerToALongListIsBounded(t *testing.T) {
	const entries = 100_000
	for _, entry := range []string{`"x"`, `" 192.0.2.1:2055"`, `{"a":1}`} {
		body := review(opUpdate, `{"netFlow":{"collectors":[`+strings.Repeat(entry+",", entries-1)+entry+`]}}`, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`)
		h := newTestHandler(Mutate, nil)
		w := send(t, h, body)
		if w.Code != http.StatusOK || w.Body.Len() > 64<<10 {
			t.Errorf("%s: HTTP %d with %d bytes", entry, w.Code, w.Body.Len())
		}
	}
}
