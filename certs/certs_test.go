package certs

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"

	"sluice/test/harness/testca"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func issue(t *testing.T, now time.Time) (*testca.Authority, Pair) {
	t.Helper()
	authority, err := testca.New("test", now, 24*time.Hour, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := authority.Issue([]string{"sluice-webhook.sluice-system.svc", "127.0.0.1"}, now, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return authority, Pair(pair)
}

func TestIssuedCertificateIsTrustedForItsHostsOnly(t *testing.T) {
	authority, pair := issue(t, noon)
	certificate, err := pair.Check(noon)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority.Bundle()) {
		t.Fatal("the bundle has no certificate")
	}
	for host, trusted := range map[string]bool{"sluice-webhook.sluice-system.svc": true, "127.0.0.1": true, "other.svc": false, "127.0.0.2": false} {
		_, err := certificate.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: host, CurrentTime: noon})
		if (err == nil) != trusted {
			t.Errorf("%s: %v, want trusted %v", host, err, trusted)
		}
	}
	other, _ := issue(t, noon)
	unrelated := x509.NewCertPool()
	unrelated.AppendCertsFromPEM(other.Bundle())
	if _, err := certificate.Leaf.Verify(x509.VerifyOptions{Roots: unrelated, CurrentTime: noon}); err == nil {
		t.Error("an unrelated authority trusts the certificate")
	}
}

func TestCheckRejectsInvalidPairs(t *testing.T) {
	_, pair := issue(t, noon)
	_, other := issue(t, noon)
	for name, test := range map[string]struct {
		pair Pair
		at   time.Time
		want string
	}{
		"too early":      {pair, noon.Add(-time.Hour), "not valid before 2026-06-01T11:55:00Z"},
		"expired":        {pair, noon.Add(2 * time.Hour), "expired at 2026-06-01T13:00:00Z"},
		"another key":    {Pair{pair.Certificate, other.Key}, noon, "private key does not match"},
		"no certificate": {Pair{nil, pair.Key}, noon, "certificate and key"},
		"key is not PEM": {Pair{pair.Certificate, []byte("x")}, noon, "certificate and key"},
	} {
		if _, err := test.pair.Check(test.at); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func writePair(t *testing.T, dir string, pair Pair) {
	t.Helper()
	for name, text := range map[string][]byte{"tls.crt": pair.Certificate, "tls.key": pair.Key} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFilesReloadChangedContentAndKeepTheLastValidPair(t *testing.T) {
	dir := t.TempDir()
	_, first := issue(t, noon)
	writePair(t, dir, first)
	files, err := NewFiles(dir, func() time.Time { return noon }, logr.Discard())
	if err != nil {
		t.Fatal(err)
	}
	serving := func() string {
		t.Helper()
		certificate, err := files.GetCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		return certificate.Leaf.SerialNumber.String()
	}
	original := serving()
	if changed, err := files.reload(); changed || err != nil {
		t.Errorf("the same files: changed %v, %v", changed, err)
	}

	_, second := issue(t, noon)
	writePair(t, dir, Pair{second.Certificate, first.Key}) // in the middle of a renewal
	if changed, err := files.reload(); changed || err == nil || serving() != original {
		t.Errorf("half a renewal: changed %v, %v, serving %s", changed, err, serving())
	}
	writePair(t, dir, second)
	if changed, err := files.reload(); !changed || err != nil || serving() == original {
		t.Errorf("a renewal: changed %v, %v, serving %s", changed, err, serving())
	}
	if want := noon.Add(time.Hour); !files.NotAfter().Equal(want) {
		t.Errorf("expires at %s, want %s", files.NotAfter(), want)
	}
	if err := os.Remove(filepath.Join(dir, "tls.crt")); err != nil {
		t.Fatal(err)
	}
	if changed, err := files.reload(); changed || err == nil || serving() == original {
		t.Errorf("a missing file: changed %v, %v", changed, err)
	}
}

func TestFilesNeedAValidPairToStart(t *testing.T) {
	dir := t.TempDir()
	if _, err := NewFiles(dir, time.Now, logr.Discard()); err == nil || !strings.Contains(err.Error(), "tls.crt") {
		t.Errorf("an empty folder: %v", err)
	}
	_, old := issue(t, noon.Add(-48*time.Hour))
	writePair(t, dir, old)
	if _, err := NewFiles(dir, func() time.Time { return noon }, logr.Discard()); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("an expired certificate: %v", err)
	}
}

// The API server uses the bundle and the name of the Service for the handshake.
func TestHandshake(t *testing.T) {
	authority, pair := issue(t, time.Now())
	dir := t.TempDir()
	writePair(t, dir, pair)
	files, err := NewFiles(dir, time.Now, logr.Discard())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority.Bundle())
	client, server := net.Pipe()
	defer client.Close()
	defer server.Close()
	done := make(chan error, 1)
	go func() {
		done <- tls.Server(server, &tls.Config{GetCertificate: files.GetCertificate, MinVersion: tls.VersionTLS13}).HandshakeContext(t.Context())
	}()
	if err := tls.Client(client, &tls.Config{RootCAs: roots, ServerName: "sluice-webhook.sluice-system.svc", MinVersion: tls.VersionTLS13}).HandshakeContext(t.Context()); err != nil {
		t.Errorf("client: %v", err)
	}
	if err := <-done; err != nil {
		t.Errorf("server: %v", err)
	}
}
