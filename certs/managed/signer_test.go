package managed

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	cmauthority "github.com/cert-manager/cert-manager/pkg/server/tls/authority"
	"github.com/go-logr/logr"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic/fake"
	"sigs.k8s.io/yaml"

	"sluice/certs"
	"sluice/manifests"
	"sluice/webhook/registration"
)

var morning = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// newCA creates an authority with its key.
func newCA(t *testing.T, notBefore time.Time, valid time.Duration) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(notBefore.Unix()), Subject: pkix.Name{CommonName: certs.AuthorityName},
		NotBefore: notBefore, NotAfter: notBefore.Add(valid),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// leafOf returns a certificate of an authority, valid from now for a time.
func leafOf(t *testing.T, ca tls.Certificate, now time.Time, valid time.Duration) *x509.Certificate {
	t.Helper()
	request := template(t)
	request.NotBefore, request.NotAfter = now, now.Add(valid)
	der, err := x509.CreateCertificate(rand.Reader, request, ca.Leaf, request.PublicKey, ca.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

// registered watches webhook configurations that have authorities. The last one was added last,
// at the given time.
func registered(t *testing.T, now time.Time, annotation string, list ...tls.Certificate) *registration.Watch {
	t.Helper()
	t.Setenv("KUBE_FEATURE_WatchListClient", "false") // client-go's fakes can't send a list as a watch
	scheme := runtime.NewScheme()
	if err := admissionregistrationv1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	var objects []runtime.Object
	for text := range strings.SplitSeq(manifests.Registration(), "\n---\n") {
		var u unstructured.Unstructured
		if err := yaml.Unmarshal([]byte(text), &u.Object); err != nil {
			t.Fatal(err)
		}
		if annotation != "" {
			u.SetAnnotations(map[string]string{annotation: "true"})
		}
		u.SetResourceVersion("1")
		objects = append(objects, &u)
	}
	client := fake.NewSimpleDynamicClient(scheme, objects...)
	w, err := registration.NewWatch(registration.Config{Client: client, Limit: time.Hour, Now: func() time.Time { return now }, Log: logr.Discard()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done, changes := make(chan error, 1), w.Subscribe()
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	<-changes
	for _, ca := range list {
		if err := w.Publish(t.Context(), client, ca.Leaf); err != nil {
			t.Fatal(err)
		}
		written := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Leaf.Raw}))
		for !strings.Contains(bundles(w), written) {
			select {
			case <-changes:
			case <-time.After(10 * time.Second):
				t.Fatal("the webhook configurations do not change")
			}
		}
	}
	return w
}

// bundles is the last bundle of each configuration: the shorter one, because an authority must be
// in both.
func bundles(w *registration.Watch) string {
	list, _ := w.State()
	first, second := string(list[0].Webhooks[1].ClientConfig.CABundle), string(list[1].Webhooks[3].ClientConfig.CABundle)
	if len(first) < len(second) {
		return first
	}
	return second
}

func template(t *testing.T) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &x509.Certificate{PublicKey: key.Public(), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
}

func TestSignOnlyTrustedCertificates(t *testing.T) {
	year := 365 * 24 * time.Hour
	previous, current := newCA(t, morning.Add(-24*time.Hour), year), newCA(t, morning.Add(-time.Minute), year)
	unrelated, future := newCA(t, morning.Add(-time.Hour), year), newCA(t, morning.Add(240*24*time.Hour), year)
	expired := newCA(t, morning.Add(-time.Hour), time.Hour)
	ofPrevious := leafOf(t, previous, morning.Add(-time.Hour), time.Hour)
	for name, c := range map[string]struct {
		secret     tls.Certificate
		read       bool
		bundle     []tls.Certificate
		annotation string
		served     *x509.Certificate
		reason     string
	}{
		"the first one":                     {current, true, []tls.Certificate{current}, "", nil, ""},
		"after a trusted one, too early":    {current, true, []tls.Certificate{previous, current}, "", ofPrevious, "added only a moment ago"},
		"the one in use is not trusted":     {current, true, []tls.Certificate{unrelated, current}, "", ofPrevious, ""},
		"not in the webhook configurations": {current, true, []tls.Certificate{previous}, "", ofPrevious, "not in the webhook configurations"},
		"another controller writes bundles": {current, true, nil, "cert-manager.io/inject-ca-from", nil, "--certs=files"},
		"the Secret does not exist":         {current, false, []tls.Certificate{current}, "", nil, "has no certificate authority yet"},
		"the authority has expired":         {expired, true, []tls.Certificate{expired}, "", ofPrevious, "expired at 2026-11-23T08:00:00Z"},
		"created with a fast clock":         {future, true, []tls.Certificate{current, future}, "", ofPrevious, "not valid before 2027-07-21T08:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			config := Config{
				Hosts: []string{"sluice-webhook.sluice-system.svc", "127.0.0.1"}, Lifetime: 7 * 24 * time.Hour,
				Registration: registered(t, morning, c.annotation, c.bundle...), Now: func() time.Time { return morning }, Log: logr.Discard(),
			}
			o := &signer{
				config:  config,
				current: func() (tls.Certificate, bool) { return c.secret, c.read },
				served:  func() *x509.Certificate { return c.served },
			}
			got, err := o.Sign(template(t))
			if c.reason != "" {
				if !errors.Is(err, cmauthority.ErrCertificateNotAvailable) || !strings.Contains(o.waiting(), c.reason) {
					t.Errorf("%v; waiting because %q, want %q", err, o.waiting(), c.reason)
				}
				return
			}
			if err != nil || o.waiting() != "" {
				t.Fatalf("%v, waiting because %q", err, o.waiting())
			}
			if !got.NotBefore.Equal(morning.Add(-5*time.Minute)) || !got.NotAfter.Equal(morning.Add(config.Lifetime)) {
				t.Errorf("valid from %s to %s", got.NotBefore, got.NotAfter)
			}
			if err := got.CheckSignatureFrom(c.secret.Leaf); err != nil {
				t.Error(err)
			}
			if err := errors.Join(got.VerifyHostname(config.Hosts[0]), got.VerifyHostname(config.Hosts[1])); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAuthorityInASecret(t *testing.T) {
	ca := newCA(t, morning, time.Hour)
	leaf := leafOf(t, ca, morning, time.Hour)
	der, err := x509.MarshalPKCS8PrivateKey(ca.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	encoded := func(kind string, der []byte) string {
		return base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	key := encoded("PRIVATE KEY", der)
	for name, c := range map[string]struct {
		data any
		ok   bool
	}{
		"an authority":      {map[string]any{"tls.crt": encoded("CERTIFICATE", ca.Leaf.Raw), "tls.key": key}, true},
		"nothing":           {nil, false},
		"empty":             {map[string]any{}, false},
		"not Base64":        {map[string]any{"tls.crt": "%", "tls.key": key}, false},
		"not PEM":           {map[string]any{"tls.crt": base64.StdEncoding.EncodeToString([]byte("hello")), "tls.key": key}, false},
		"not a certificate": {map[string]any{"tls.crt": encoded("CERTIFICATE", []byte("hello")), "tls.key": key}, false},
		"without its key":   {map[string]any{"tls.crt": encoded("CERTIFICATE", ca.Leaf.Raw)}, false},
		"not an authority":  {map[string]any{"tls.crt": encoded("CERTIFICATE", leaf.Raw), "tls.key": key}, false},
	} {
		if got, ok := pair(map[string]any{"data": c.data}); ok != c.ok || ok && !got.Leaf.Equal(ca.Leaf) {
			t.Errorf("%s: %v", name, ok)
		}
	}
}

// A certificate that outlives its authority is of no use.
func TestACertificateEndsWithItsAuthority(t *testing.T) {
	ca := newCA(t, morning.Add(-time.Hour), 2*time.Hour)
	s := &signer{
		config: Config{
			Hosts: []string{"127.0.0.1"}, Lifetime: 7 * 24 * time.Hour,
			Registration: registered(t, morning, "", ca), Now: func() time.Time { return morning }, Log: logr.Discard(),
		},
		current: func() (tls.Certificate, bool) { return ca, true },
		served:  func() *x509.Certificate { return nil },
	}
	got, err := s.Sign(template(t))
	if err != nil || !got.NotAfter.Equal(ca.Leaf.NotAfter) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestWatchesAreToldOfEachNewAuthority(t *testing.T) {
	ca, ok := newCA(t, morning, time.Hour), false
	changes, done := make(chan func()), make(chan error, 1)
	s := &signer{
		current: func() (tls.Certificate, bool) { return ca, ok },
		follow: func(_ context.Context, changed func()) {
			for before := range changes {
				before()
				changed()
			}
		},
	}
	watch := make(chan struct{}, 1)
	s.WatchRotation(watch)
	go func() { done <- s.Run(t.Context()) }()
	changes <- func() {}
	changes <- func() { ok = true }
	changes <- func() {
		if len(watch) != 1 {
			t.Error("the first authority is not announced")
		}
		<-watch
	}
	changes <- func() {
		if len(watch) != 0 {
			t.Error("the same authority is announced again")
		}
		ca = newCA(t, morning.Add(time.Minute), time.Hour)
	}
	s.StopWatchingRotation(make(chan struct{}))
	close(changes)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if len(watch) != 1 {
		t.Error("the second authority is not announced")
	}
}
