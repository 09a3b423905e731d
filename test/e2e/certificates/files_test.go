package certificates

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/certs"
	"sluice/test/harness/cluster"
	"sluice/test/harness/replicas"
	"sluice/test/harness/testca"
)

// withDirectory replaces the directory of the certificate in the arguments.
func withDirectory(t *testing.T, of arguments, directory string) arguments {
	t.Helper()
	var list []string
	for _, a := range of.webhook {
		if strings.HasPrefix(a, "--cert-dir=") {
			a = "--cert-dir=" + directory
		}
		list = append(list, a)
	}
	return arguments{list, of.controller}
}

// write puts a pair where the kubelet would, the certificate and the key one after the other.
func write(t *testing.T, directory string, pair testca.Pair) {
	t.Helper()
	for name, text := range map[string][]byte{"tls.crt": pair.Certificate, "tls.key": pair.Key} {
		if err := os.WriteFile(filepath.Join(directory, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// trust writes the bundle into the registration, as OpenShift's service CA does.
func trust(t *testing.T, bundle []byte) {
	t.Helper()
	for _, kind := range []string{"mutatingwebhookconfiguration", "validatingwebhookconfiguration"} {
		var patch []map[string]any
		for i := range strings.Fields(kubectl(t, "", "get", kind, "sluice", "-o", "jsonpath={.webhooks[*].name}")) {
			patch = append(patch, map[string]any{"op": "add", "path": fmt.Sprintf("/webhooks/%d/clientConfig/caBundle", i), "value": bundle})
		}
		body, err := json.Marshal(patch)
		if err != nil {
			t.Fatal(err)
		}
		kubectl(t, "", "patch", kind, "sluice", "--type=json", "-p", string(body))
	}
}

func newAuthority(t *testing.T) *testca.Authority {
	t.Helper()
	a, err := testca.New("openshift-service-serving-signer", time.Now(), 24*time.Hour, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func issue(t *testing.T, a *testca.Authority) testca.Pair {
	t.Helper()
	pair, err := a.Issue([]string{"sluice-webhook.sluice-system.svc"}, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// servesPair says what is missing until every replica shows the pair's certificate.
func servesPair(t *testing.T, pair testca.Pair, list []*replicas.Replica) {
	t.Helper()
	want, err := certs.Pair(pair).Check(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string {
		for _, r := range list {
			if leaf, err := serving(t.Context(), r); err != nil || !leaf.Equal(want.Leaf) {
				return fmt.Sprintf("a replica serves another certificate (%v)", err)
			}
		}
		return ""
	})
}

// TestTheServiceCAsCertificatesRotate does what OpenShift's service CA does, which can't run
// here: it changes its authority, with both in the bundle until the certificate is of the new
// one.
func TestTheServiceCAsCertificatesRotate(t *testing.T) {
	directory := t.TempDir()
	installed := withDirectory(t, install(t, "openshift"), directory)
	current := newAuthority(t)
	write(t, directory, issue(t, current))
	trust(t, current.Bundle())
	var log cluster.Log
	_, list := twoReplicas(t, &log, installed)
	guarded(t)
	run := startTraffic(t, shared)
	for range rotations {
		next := newAuthority(t)
		trust(t, append(next.Bundle(), current.Bundle()...))
		pair := issue(t, next)
		write(t, directory, pair)
		servesPair(t, pair, list)
		trust(t, next.Bundle())
		current = next
	}
	nothingHappened(t, run.end(t))
	permitted(t, &log)
}

// kubelet copies the webhook's Secret into the directory, as a volume of the pod has it.
func kubelet(ctx context.Context, directory string) (found bool, err error) {
	r, err := shared.Run(ctx, cluster.Command{User: cluster.Admin, Args: []string{"-n", "sluice-system", "get", "secret", "sluice-webhook-tls", "--ignore-not-found", "-o", "json"}})
	if err != nil || strings.TrimSpace(r.Stdout) == "" {
		return false, err
	}
	var secret struct{ Data map[string][]byte }
	if err := json.Unmarshal([]byte(r.Stdout), &secret); err != nil {
		return false, fmt.Errorf("read the Secret: %w", err)
	}
	for _, name := range []string{"tls.crt", "tls.key"} {
		if len(secret.Data[name]) == 0 {
			return false, nil
		}
		if err := os.WriteFile(filepath.Join(directory, name), secret.Data[name], 0o600); err != nil {
			return false, err
		}
	}
	return true, nil
}

// TestCertManagersCertificatesRotate has cert-manager's own controllers make and renew the
// certificates: the authority's, and the webhook's.
func TestCertManagersCertificatesRotate(t *testing.T) {
	var managerLog cluster.Log
	manager, err := shared.StartCertManager(t.Context(), &managerLog)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := manager.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log of cert-manager:\n%s", managerLog.String())
		}
	})
	directory := t.TempDir()
	installed := withDirectory(t, install(t, "cert-manager"), directory)
	copied := func() string {
		if found, err := kubelet(t.Context(), directory); err != nil || !found {
			return fmt.Sprintf("there is no Secret of the webhook's certificate (%v)", err)
		}
		return ""
	}
	eventually(t, copied)
	var log cluster.Log
	_, list := twoReplicas(t, &log, installed)
	guarded(t)
	run := startTraffic(t, shared)
	for range rotations {
		before, err := serving(t.Context(), list[0])
		if err != nil {
			t.Fatal(err)
		}
		renew(t, "sluice-ca")
		renew(t, "sluice-webhook")
		eventually(t, func() string {
			if missing := copied(); missing != "" {
				return missing
			}
			for _, r := range list {
				if leaf, err := serving(t.Context(), r); err != nil || leaf.Equal(before) {
					return fmt.Sprintf("a replica serves the certificate from before the renewal (%v)", err)
				}
			}
			return ""
		})
	}
	nothingHappened(t, run.end(t))
	permitted(t, &log)
}

// renew asks cert-manager to issue a certificate again, as "cmctl renew" does, and waits for
// it.
func renew(t *testing.T, name string) {
	t.Helper()
	certificate := []string{"-n", "sluice-system", "get", "certificate", name, "-o"}
	revision := kubectl(t, "", append(certificate, "jsonpath={.status.revision}")...)
	now := time.Now().UTC().Format(time.RFC3339)
	kubectl(t, "", "-n", "sluice-system", "patch", "certificate", name, "--subresource=status", "--type=json", "-p",
		`[{"op":"add","path":"/status/conditions/-","value":{"type":"Issuing","status":"True","reason":"ManuallyTriggered","message":"renewed by hand","lastTransitionTime":"`+now+`"}}]`)
	eventually(t, func() string {
		if kubectl(t, "", append(certificate, "jsonpath={.status.revision}")...) == revision ||
			kubectl(t, "", append(certificate, `jsonpath={.status.conditions[*].type}`)...) != "Ready" {
			return name + " is not issued again"
		}
		return ""
	})
}
