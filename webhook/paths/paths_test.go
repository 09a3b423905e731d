package paths

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation"

	"sluice/webhook/registration"
)

var morning = time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)

// made returns a token of bytes that are all the same.
func made(t *testing.T, fill byte) Token {
	t.Helper()
	token, err := newToken(bytes.NewReader(bytes.Repeat([]byte{fill}, tokenBytes)), morning)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestTokensAreRandomAndFitIntoAPath(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		token, err := newToken(rand.Reader, morning)
		if err != nil || !valid(token.Value) || seen[token.Value] {
			t.Fatalf("%v, %v", token, err)
		}
		seen[token.Value] = true
		// The API server's rule for each part of a path.
		if problems := validation.IsDNS1123Subdomain(token.Value); problems != nil {
			t.Errorf("%s: %v", token.Value, problems)
		}
	}
	if _, err := newToken(strings.NewReader("short"), morning); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("without enough random bytes: %v", err)
	}
}

func TestTokensAreRedacted(t *testing.T) {
	token, err := newToken(rand.Reader, morning)
	if err != nil {
		t.Fatal(err)
	}
	const message = `failed to call webhook: Post "https://sluice-webhook.sluice-system.svc:443%s?timeout=5s": no route to host`
	path := token.Path(registration.Validating)
	got := Redact(fmt.Sprintf(message, path) + "; " + path)
	fixed := registration.FixedPath(registration.Validating) + "/<token>"
	if want := fmt.Sprintf(message, fixed) + "; " + fixed; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestOnlyLongTokensAreRead(t *testing.T) {
	good := made(t, 7)
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	const now = "2026-11-26T08:00:00Z"
	for name, c := range map[string]struct {
		data any
		ok   bool
	}{
		"as written":         {good.data(), true},
		"nothing":            {nil, false},
		"empty":              {map[string]any{}, false},
		"an empty token":     {map[string]any{"token": "", "created": encode(now)}, false},
		"a short token":      {map[string]any{"token": encode("aaaa"), "created": encode(now)}, false},
		"too long":           {map[string]any{"token": encode(good.Value + "aa"), "created": encode(now)}, false},
		"a path in it":       {map[string]any{"token": encode("/" + good.Value[1:]), "created": encode(now)}, false},
		"not Base64":         {map[string]any{"token": "%", "created": encode(now)}, false},
		"no time":            {map[string]any{"token": encode(good.Value)}, false},
		"not a time":         {map[string]any{"token": encode(good.Value), "created": encode("today")}, false},
		"of another type":    {map[string]any{"token": int64(1), "created": encode(now)}, false},
		"upper case letters": {map[string]any{"token": encode(strings.ToUpper(good.Value)), "created": encode(now)}, false},
	} {
		got, ok := read(&unstructured.Unstructured{Object: map[string]any{"data": c.data}})
		if ok != c.ok || ok && got != good {
			t.Errorf("%s: %v, %v", name, got, ok)
		}
	}
	if _, ok := read(nil); ok {
		t.Error("no Secret has a token")
	}
}

// registered are webhook configurations whose webhooks call paths.
func registered(mutating, validating []string) []registration.Configuration {
	var list []registration.Configuration
	for _, c := range []struct {
		kind  string
		paths []string
	}{{registration.Mutating, mutating}, {registration.Validating, validating}} {
		configuration := registration.Configuration{Kind: c.kind, Found: true}
		for _, path := range c.paths {
			service := &admissionregistrationv1.ServiceReference{Namespace: "sluice-system", Name: "sluice-webhook"}
			if path != "" {
				service.Path = &path
			}
			configuration.Webhooks = append(configuration.Webhooks, registration.Webhook{ClientConfig: admissionregistrationv1.WebhookClientConfig{Service: service}})
		}
		list = append(list, configuration)
	}
	return list
}

func TestPathsThatAreAnswered(t *testing.T) {
	first, second, now := made(t, 1), made(t, 2), morning
	named := map[string]map[string]time.Time{registration.Mutating: {}, registration.Validating: {}}
	for _, step := range []struct {
		what  string
		after time.Duration
		// secret is the token in the Secret; empty if there is none.
		secret               Token
		mutating, validating []string
		want, wantValidating []string
	}{
		{"nothing is there", 0, Token{}, nil, nil, nil, nil},
		{"manifests without a path", 0, Token{}, []string{"", ""}, []string{""}, nil, nil},
		{"manifests with the fixed paths", 0, Token{}, []string{"/mutate"}, []string{"/validate"}, []string{"/mutate"}, []string{"/validate"}},
		{"a token", time.Second, first, []string{"/mutate"}, []string{"/validate"}, []string{"/mutate", first.Path(registration.Mutating)}, []string{"/validate", first.Path(registration.Validating)}},
		{"it is published", time.Second, first, []string{first.Path(registration.Mutating)}, []string{first.Path(registration.Validating)}, []string{"/mutate", first.Path(registration.Mutating)}, []string{"/validate", first.Path(registration.Validating)}},
		{"the overlap of fixed paths is over", fixedOverlap + time.Second, first, []string{first.Path(registration.Mutating)}, []string{first.Path(registration.Validating)}, []string{first.Path(registration.Mutating)}, []string{first.Path(registration.Validating)}},
		{"a second token", time.Second, second, []string{first.Path(registration.Mutating)}, []string{first.Path(registration.Validating)}, []string{first.Path(registration.Mutating), second.Path(registration.Mutating)}, []string{first.Path(registration.Validating), second.Path(registration.Validating)}},
		{"it is published too", time.Second, second, []string{second.Path(registration.Mutating)}, []string{second.Path(registration.Validating)}, []string{first.Path(registration.Mutating), second.Path(registration.Mutating)}, []string{first.Path(registration.Validating), second.Path(registration.Validating)}},
		{"the Secret is deleted, long after", overlap + time.Second, Token{}, []string{second.Path(registration.Mutating)}, []string{second.Path(registration.Validating)}, []string{second.Path(registration.Mutating)}, []string{second.Path(registration.Validating)}},
		{"somebody writes other paths", overlap + time.Second, second, []string{"/", "/mutate/guessed", "/validate", "/mutate/" + second.Value + "/x", "/mutatex"}, []string{second.Path(registration.Mutating)}, []string{second.Path(registration.Mutating)}, []string{second.Path(registration.Validating)}},
		{"the configurations are deleted", overlap + time.Second, second, nil, nil, []string{second.Path(registration.Mutating)}, []string{second.Path(registration.Validating)}},
	} {
		now = now.Add(step.after)
		got := accept(named, registered(step.mutating, step.validating), step.secret, step.secret.Value != "", now)
		slices.Sort(got[registration.Mutating])
		slices.Sort(got[registration.Validating])
		slices.Sort(step.want)
		slices.Sort(step.wantValidating)
		if diff := cmp.Diff([][]string{step.want, step.wantValidating}, [][]string{got[registration.Mutating], got[registration.Validating]}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.what, diff)
		}
	}
}

func TestATokenIsReplacedWhenItIsOld(t *testing.T) {
	token := made(t, 1)
	created := token.Created
	for age, want := range map[time.Duration]bool{0: false, 23 * time.Hour: false, 24 * time.Hour: true, 1000 * time.Hour: true, -time.Minute: false, -25 * time.Hour: true} {
		if got := token.due(created.Add(age), 24*time.Hour); got != want {
			t.Errorf("after %s: %v", age, got)
		}
	}
}
