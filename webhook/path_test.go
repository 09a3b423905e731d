package webhook

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"github.com/prometheus/client_golang/prometheus"

	"sluice/validation"
)

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body is read")
	return 0, http.ErrBodyNotAllowed
}

// secret is a path that only API servers know.
const secret = "/mutate/ngkq2xvcjg7aabcdefgh"

func TestUnknownPathsAreAnsweredWithNothing(t *testing.T) {
	registry := prometheus.NewRegistry()
	denied := 0
	server := &Server{config: Config{
		Registry: registry, Log: logr.Discard(),
		Paths:    func() Paths { return Paths{Mutate: {secret}, Validate: {"/validate/x"}} },
		OnDenied: func(string, string, []validation.Denial, int) { denied++ },
	}}
	gate := server.mux()
	for _, path := range []string{
		"/", "/mutate", "/validate", "/mutate/", "/validate/", secret + "/", "/" + secret, secret[:len(secret)-1], strings.ToUpper(secret), "/mutate/../mutate",
		"//mutate", "/mutate/x", "/validate/ngkq2xvcjg7aabcdefgh", "/" + strings.Repeat("a", 10_000), "/mutate/%00", "*",
	} {
		for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodConnect, "BREW"} {
			request := httptest.NewRequestWithContext(t.Context(), method, "https://sluice-webhook.sluice-system.svc/", unread{t})
			request.URL.Path = path
			request.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			gate.ServeHTTP(w, request)
			if w.Code != http.StatusNotFound || w.Body.Len() != 0 || w.Header().Get("Connection") != "close" || len(w.Header()) != 1 {
				t.Errorf("%s %q: %d %q, headers %v", method, path, w.Code, w.Body, w.Header())
			}
		}
	}
	families, err := registry.Gather()
	if err != nil || len(families) != 1 {
		t.Fatalf("%v instead of the metric that counts unknown paths (%v)", families, err)
	}
	if got := families[0].GetMetric()[0].GetCounter().GetValue(); got != 16*4 || denied != 0 {
		t.Errorf("%v requests are counted, and %d denials", got, denied)
	}
}

func TestKnownPathsAreAnswered(t *testing.T) {
	paths := Paths{Mutate: {"/mutate/old", secret}, Validate: {"/validate/x"}}
	gate := (&Server{config: Config{Registry: prometheus.NewRegistry(), Log: logr.Discard(), Paths: func() Paths { return paths }}}).mux()
	post := func(path string) int {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path+"?timeout=5s", strings.NewReader(review(opCreate, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`, "")))
		request.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		gate.ServeHTTP(w, request)
		return w.Code
	}
	for _, path := range []string{"/mutate/old", secret, "/validate/x"} {
		if got := post(path); got != http.StatusOK {
			t.Errorf("%s: %d", path, got)
		}
	}
	paths = Paths{Mutate: {secret}} // the overlap is over
	for path, want := range map[string]int{"/mutate/old": http.StatusNotFound, secret: http.StatusOK, "/validate/x": http.StatusNotFound} {
		if got := post(path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	paths = nil // not read yet
	if got := post(secret); got != http.StatusNotFound {
		t.Errorf("before the paths are known: %d", got)
	}
}

func TestUnknownPathsAreLoggedOnceAMinute(t *testing.T) {
	var log bytes.Buffer
	now := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	gate := newGate(func() Paths { return nil }, nil, NewMetrics(prometheus.NewRegistry()), func() time.Time { return now }, funcr.New(func(_, line string) { log.WriteString(line + "\n") }, funcr.Options{}))
	for range 200 { // ten minutes
		for range 10 {
			request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/chosen-by-the-caller", nil)
			gate.ServeHTTP(httptest.NewRecorder(), request)
		}
		now = now.Add(3 * time.Second)
	}
	if lines := strings.Count(log.String(), "\n"); lines != 10 {
		t.Errorf("%d lines in ten minutes:\n%s", lines, log.String())
	}
	if strings.Contains(log.String(), "chosen") || !strings.Contains(log.String(), `"requests"=1801`) {
		t.Errorf("the log has what the caller chose, or no number:\n%s", log.String())
	}
}
