package managed

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLifetimesThatCannotWorkAreRefused(t *testing.T) {
	hosts := []string{"sluice-webhook.sluice-system.svc"}
	for name, c := range map[string]struct {
		config Config
		want   string
	}{
		"a week of a year":         {Config{Hosts: hosts, Lifetime: 7 * 24 * time.Hour, AuthorityLifetime: 365 * 24 * time.Hour}, ""},
		"just twice":               {Config{Hosts: hosts, Lifetime: time.Hour, AuthorityLifetime: 2 * time.Hour}, ""},
		"no host":                  {Config{Lifetime: time.Hour, AuthorityLifetime: 2 * time.Hour}, "needs a host"},
		"no lifetime":              {Config{Hosts: hosts, AuthorityLifetime: time.Hour}, "more than 0"},
		"an authority for too few": {Config{Hosts: hosts, Lifetime: time.Hour, AuthorityLifetime: time.Hour}, "twice as long"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.config.Check()
			if (c.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestAuthoritiesOfASecret(t *testing.T) {
	leaf := made(t, morning, time.Hour).Leaf
	encoded := func(kind string, der []byte) string {
		return base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	for name, data := range map[string]any{
		"nothing":           nil,
		"empty":             map[string]any{},
		"not Base64":        map[string]any{"tls.crt": "%"},
		"not PEM":           map[string]any{"tls.crt": base64.StdEncoding.EncodeToString([]byte("hello"))},
		"not a certificate": map[string]any{"tls.crt": encoded("CERTIFICATE", []byte("hello"))},
		"no authority":      map[string]any{"tls.crt": encoded("CERTIFICATE", leaf.Raw)},
	} {
		if got := authorities(map[string]any{"data": data}); got != nil {
			t.Errorf("%s: %d authorities", name, len(got))
		}
	}
}

// TestAuthoritiesAreRememberedUntilTheyExpire: a replica may serve of one after the Secret
// has another.
func TestAuthoritiesAreRememberedUntilTheyExpire(t *testing.T) {
	var all []*x509.Certificate
	for i := range maxSeen + 2 {
		all = append(all, made(t, morning, time.Duration(i+1)*time.Hour).Leaf)
	}
	seen := remember(nil, all[1:2], morning)
	seen = remember(seen, all[:1], morning)
	if !slices.EqualFunc(seen, all[:2], (*x509.Certificate).Equal) {
		t.Errorf("the newest does not come first of %d", len(seen))
	}
	if again := remember(seen, all[:1], morning); len(again) != 2 {
		t.Errorf("%d after seeing one again", len(again))
	}
	if later := remember(seen, nil, morning.Add(90*time.Minute)); len(later) != 1 || !later[0].Equal(all[1]) {
		t.Errorf("%d left when the first has expired", len(later))
	}
	for _, c := range all {
		seen = remember(seen, []*x509.Certificate{c}, morning)
	}
	if len(seen) != maxSeen || !seen[0].Equal(all[len(all)-1]) {
		t.Errorf("%d are remembered", len(seen))
	}
}
