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

// signer signs like the authority of cert-manager: the validity starts now.
type signer struct {
	ca       tls.Certificate
	now      time.Time
	lifetime time.Duration
}

func (s signer) Run(context.Context) error            { return nil }
func (s signer) WatchRotation(chan<- struct{})        {}
func (s signer) StopWatchingRotation(chan<- struct{}) {}

func (s signer) Sign(template *x509.Certificate) (*x509.Certificate, error) {
	template.NotBefore, template.NotAfter = s.now, s.now.Add(s.lifetime)
	der, err := x509.CreateCertificate(rand.Reader, template, s.ca.Leaf, template.PublicKey, s.ca.PrivateKey)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
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
	w, err := registration.NewWatch(client, func() time.Time { return now }, logr.Discard())
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
	ofPrevious, err := signer{previous, morning.Add(-time.Hour), time.Hour}.Sign(template(t))
	if err != nil {
		t.Fatal(err)
	}
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
		"the Secret is not read yet":        {current, false, []tls.Certificate{current}, "", nil, "still being read"},
		"created with a fast clock":         {future, true, []tls.Certificate{current, future}, "", ofPrevious, "not valid before 2027-07-21T08:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			config := Config{
				Hosts: []string{"sluice-webhook.sluice-system.svc", "127.0.0.1"}, Lifetime: 7 * 24 * time.Hour, AuthorityLifetime: year,
				Registration: registered(t, morning, c.annotation, c.bundle...), Now: func() time.Time { return morning }, Log: logr.Discard(),
			}
			o := &overlapping{
				Authority: signer{c.secret, morning, config.Lifetime}, config: config,
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
	leaf, err := signer{ca, morning, time.Hour}.Sign(template(t))
	if err != nil {
		t.Fatal(err)
	}
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
