package registration

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"sluice/test/harness/testca"
)

func authority(t *testing.T, name string, from time.Time, lifetime time.Duration) *x509.Certificate {
	t.Helper()
	a, err := testca.New(name, from, lifetime, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return certificates(a.Bundle())[0]
}

func join(list ...*x509.Certificate) []byte {
	var b bytes.Buffer
	for _, c := range list {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return b.Bytes()
}

func TestMergeKeepsAuthoritiesThatMayBeInUse(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	year := 365 * 24 * time.Hour
	current := authority(t, authorityName, now, year)
	previous := authority(t, authorityName, now.Add(-time.Hour), year)
	expired := authority(t, authorityName, now.Add(-year), year-time.Hour)
	unrelated := authority(t, "unrelated", now.Add(-2*time.Hour), year)
	var many []*x509.Certificate
	for i := range maxAuthorities + 3 {
		many = append(many, authority(t, authorityName, now.Add(-time.Duration(i)*time.Minute), year))
	}
	oldestFirst := slices.Clone(many[1:])
	slices.Reverse(oldestFirst)
	for name, c := range map[string]struct {
		bundle []byte
		want   []*x509.Certificate
	}{
		"the first one":                     {nil, []*x509.Certificate{current}},
		"a new one before the previous one": {join(previous), []*x509.Certificate{current, previous}},
		"an expired one is kept":            {join(expired, previous), []*x509.Certificate{current, previous, expired}},
		"an unrelated one is kept":          {join(unrelated), []*x509.Certificate{current, unrelated}},
		"not PEM":                           {[]byte("hello"), []*x509.Certificate{current}},
	} {
		t.Run(name, func(t *testing.T) {
			got := certificates(MergeCABundle(c.bundle, current))
			if !slices.EqualFunc(got, c.want, (*x509.Certificate).Equal) {
				t.Errorf("got %d certificates, want %d", len(got), len(c.want))
			}
		})
	}
	if got := certificates(MergeCABundle(join(oldestFirst...), many[0])); !slices.EqualFunc(got, many[:maxAuthorities], (*x509.Certificate).Equal) {
		t.Errorf("%d certificates, or not the newest ones", len(got))
	}
	both := join(previous, current)
	if again := MergeCABundle(both, current); !bytes.Equal(again, both) {
		t.Error("a different order counts as a change, so replicas would overwrite each other")
	}
}

func TestCABundleProblem(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	bundle := func(lifetime time.Duration) []byte {
		a, err := testca.New("test", now.Add(-time.Hour), lifetime+time.Hour, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return a.Bundle()
	}
	month, day, past := bundle(30*24*time.Hour), bundle(24*time.Hour), bundle(-time.Minute)
	for name, c := range map[string]struct {
		bundle []byte
		want   string
	}{
		"a month left":          {month, ""},
		"an expired one too":    {bytes.Join([][]byte{past, month}, nil), ""},
		"a day left":            {day, "expires at 2026-11-24T08:00:00Z"},
		"expired":               {past, "expired at 2026-11-23T07:59:00Z"},
		"none":                  {nil, "has no caBundle"},
		"something else":        {[]byte("hello"), "no certificate"},
		"a key instead of a CA": {[]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), "no certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := CABundleProblem(c.bundle, now); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// authorityName is the common name of the authorities in these tests.
const authorityName = "sluice-webhook-ca"

// The bundle of one webhook among several may be replaced, so each is verified.
func TestTrustProblem(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	own, err := testca.New(authorityName, now.Add(-time.Hour), 30*24*time.Hour, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := own.Issue([]string{"sluice-webhook.sluice-system.svc", "127.0.0.1"}, now, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	chain := certificates(pair.Certificate)
	other := join(authority(t, "other", now, time.Hour))
	service := &admissionregistrationv1.ServiceReference{Namespace: "sluice-system", Name: "sluice-webhook"}
	for name, c := range map[string]struct {
		config admissionregistrationv1.WebhookClientConfig
		chain  []*x509.Certificate
		at     time.Time
		want   string
	}{
		"trusted":                        {admissionregistrationv1.WebhookClientConfig{Service: service, CABundle: own.Bundle()}, chain, now, ""},
		"trusted by URL":                 {admissionregistrationv1.WebhookClientConfig{URL: new("https://127.0.0.1:9744/validate"), CABundle: own.Bundle()}, chain, now, ""},
		"among others":                   {admissionregistrationv1.WebhookClientConfig{Service: service, CABundle: bytes.Join([][]byte{other, own.Bundle()}, nil)}, chain, now, ""},
		"another authority":              {admissionregistrationv1.WebhookClientConfig{Service: service, CABundle: other}, chain, now, "not trusted"},
		"another name":                   {admissionregistrationv1.WebhookClientConfig{URL: new("https://127.0.0.2:9744/validate"), CABundle: own.Bundle()}, chain, now, "not trusted"},
		"an expired certificate":         {admissionregistrationv1.WebhookClientConfig{Service: service, CABundle: own.Bundle()}, chain, now.Add(2 * time.Hour), "not trusted"},
		"no bundle":                      {admissionregistrationv1.WebhookClientConfig{Service: service}, chain, now, "has no caBundle"},
		"an expired bundle":              {admissionregistrationv1.WebhookClientConfig{Service: service, CABundle: other}, nil, now.Add(2 * time.Hour), "expired"},
		"no certificate to compare with": {admissionregistrationv1.WebhookClientConfig{Service: service, CABundle: other}, nil, now, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := TrustProblem(c.config, c.chain, c.at); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
