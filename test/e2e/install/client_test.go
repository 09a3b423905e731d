package install

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sluice/test/harness/cluster"
)

// TestOnlyTheAPIServerMayAsk gives the API server a client certificate for webhooks. With
// --client-ca the webhook answers that one, and nobody else.
func TestOnlyTheAPIServerMayAsk(t *testing.T) {
	dir := t.TempDir()
	client(t, dir)
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	kubeconfig := write("webhooks.kubeconfig", fmt.Sprintf(`apiVersion: v1
kind: Config
users:
- name: '*'
  user: {client-certificate: %[1]s/client.crt, client-key: %[1]s/client.key}
`, dir))
	plugin := `
- name: %s
  configuration: {apiVersion: apiserver.config.k8s.io/v1, kind: WebhookAdmissionConfiguration, kubeConfigFile: %s}`
	admission := write("admission.yaml", "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:"+
		fmt.Sprintf(plugin, "MutatingAdmissionWebhook", kubeconfig)+fmt.Sprintf(plugin, "ValidatingAdmissionWebhook", kubeconfig)+"\n")

	// asked says how an API server fares that has a certificate, or has none.
	asked := func(want string, flags ...string) {
		t.Helper()
		c, err := cluster.StartControlPlane(t.Context(), cluster.Users(), flags...)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := c.Stop(); err != nil {
				t.Error(err)
			}
		}()
		if err := c.InstallOpenShift(t.Context()); err != nil {
			t.Fatal(err)
		}
		var log cluster.Log
		s, err := cluster.StartSluice(t.Context(), program, c.Dir, &log, "--client-ca="+filepath.Join(dir, "ca.crt"))
		if err != nil {
			t.Fatalf("%v\n%s", err, log.String())
		}
		defer func() { _ = s.Stop() }()
		if err := c.RegisterUnguarded(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if err := c.WaitRefused(t.Context(), "192.0.2.1", want); err != nil {
			t.Errorf("%v\n%s", err, log.String())
		}
	}
	asked("sluice/missing-port", "admission-control-config-file="+admission)
	asked("failed calling webhook")
}

// client writes a client's certificate, its key and their authority.
func client(t *testing.T, dir string) {
	t.Helper()
	now := time.Now()
	sign := func(name string, template, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if parent == nil {
			parent, signer = template, key
		}
		template.NotBefore, template.NotAfter = now.Add(-time.Minute), now.Add(time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
		if err != nil {
			t.Fatal(err)
		}
		private, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		for file, block := range map[string]*pem.Block{name + ".crt": {Type: "CERTIFICATE", Bytes: der}, name + ".key": {Type: "PRIVATE KEY", Bytes: private}} {
			if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c, key
	}
	ca, key := sign("ca", &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ca"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
	sign("client", &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "kube-apiserver"},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, ca, key)
}
