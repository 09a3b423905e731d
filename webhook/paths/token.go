package paths

import (
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"sluice/webhook/registration"
)

// tokenBytes is how many random bytes a token has: too many to guess, by any number of requests.
const tokenBytes = 32

// encoding has only characters that a path in a webhook configuration may have. Each part of such a
// path must be a DNS subdomain.
var encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding) //nolint:gochecknoglobals // a constant

// Token is the secret part of the paths.
type Token struct {
	Value string
	// Created is when it was made.
	Created time.Time
}

// newToken makes a token of random bytes.
func newToken(random io.Reader, now time.Time) (Token, error) {
	raw := make([]byte, tokenBytes)
	if _, err := io.ReadFull(random, raw); err != nil {
		return Token{}, fmt.Errorf("make a token: %w", err)
	}
	return Token{encoding.EncodeToString(raw), now}, nil
}

// valid reports whether a text is a token. A shorter one could be guessed.
func valid(text string) bool {
	raw, err := encoding.DecodeString(text)
	return err == nil && len(raw) == tokenBytes
}

// Path is the path of reviews of a kind of webhook configuration.
func (t Token) Path(kind string) string { return registration.FixedPath(kind) + "/" + t.Value }

// Secret reports whether a path is a fixed one and a token, which no client can guess.
func Secret(fixed, path string) bool {
	token, ok := strings.CutPrefix(path, fixed+"/")
	return ok && valid(token)
}

// Known reports whether a path is one that replicas answer if the webhook configurations name it: the
// fixed one, or one that no client can guess.
func Known(fixed, path string) bool { return path == fixed || Secret(fixed, path) }

// Redact replaces the tokens in a text. If a call fails, the API server includes the URL in its
// message.
func Redact(text string) string { return tokens.ReplaceAllString(text, "/<token>") }

// tokens are parts of a path that have the length of a token: 8 characters for 5 bytes, rounded up.
var tokens = regexp.MustCompile(fmt.Sprintf(`/[a-z2-7]{%d}\b`, (tokenBytes*8+4)/5))

// ofKind reports whether a path selects the phase of a kind.
func ofKind(kind, path string) bool { return Known(registration.FixedPath(kind), path) }

var secrets = schema.GroupVersionResource{Version: "v1", Resource: "secrets"} //nolint:gochecknoglobals // a constant

// The keys of the Secret.
const (
	tokenKey   = "token"
	createdKey = "created"
)

// read returns the token in a Secret; false if it has no valid one.
func read(secret *unstructured.Unstructured) (Token, bool) {
	if secret == nil {
		return Token{}, false
	}
	var parts [2]string
	for i, key := range []string{tokenKey, createdKey} {
		text, _, err := unstructured.NestedString(secret.Object, "data", key)
		if err != nil {
			return Token{}, false
		}
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return Token{}, false
		}
		parts[i] = string(raw)
	}
	created, err := time.Parse(time.RFC3339, parts[1])
	if err != nil || !valid(parts[0]) {
		return Token{}, false
	}
	return Token{parts[0], created}, true
}

// data is the content of the Secret.
func (t Token) data() map[string]any {
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	return map[string]any{tokenKey: encode(t.Value), createdKey: encode(t.Created.UTC().Format(time.RFC3339))}
}
