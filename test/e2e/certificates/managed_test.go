package certificates

import (
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"sluice/test/harness/cluster"
	"sluice/test/harness/replicas"
)

// rotations is how often the authority and the certificates change in a test.
const rotations = 10

// authority is the certificate in the Secret of the authority.
func authority(t *testing.T) *x509.Certificate {
	t.Helper()
	var secret corev1.Secret
	if err := shared.Client.Get(t.Context(), client.ObjectKey{Namespace: cluster.SystemNamespace, Name: "sluice-webhook-ca"}, &secret); client.IgnoreNotFound(err) != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(secret.Data["tls.crt"])
	if block == nil {
		return nil
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// servedBy says what is missing until every replica's certificate is of an authority.
func servedBy(t *testing.T, ca *x509.Certificate, list []*replicas.Replica) string {
	t.Helper()
	for _, r := range list {
		leaf, err := serving(t.Context(), r)
		if err != nil {
			return err.Error()
		}
		if leaf.CheckSignatureFrom(ca) != nil {
			return "a replica serves the former authority's certificate"
		}
	}
	return ""
}

// TestManagedCertificatesRotate has Sluice make its own certificates. The authority is made
// again because somebody deletes its Secret, as one does when a key may be known to others;
// certificates are renewed all the time because they live for some seconds only.
func TestManagedCertificatesRotate(t *testing.T) {
	installed := install(t, "managed")
	var log cluster.Log
	_, list := twoReplicas(t, &log, installed, "--cert-lifetime=6s")
	guarded(t)
	leaves := map[string]bool{}
	note := func() {
		for _, r := range list {
			if leaf, err := serving(t.Context(), r); err == nil {
				leaves[leaf.SerialNumber.String()] = true
			}
		}
	}
	run := startTraffic(t, shared)
	for range rotations {
		before := authority(t)
		kubectl(t, "", "-n", "sluice-system", "delete", "secret", "sluice-webhook-ca")
		var after *x509.Certificate
		eventually(t, func() string {
			if after = authority(t); after == nil || after.Equal(before) {
				return "there is no new authority"
			}
			return servedBy(t, after, list)
		})
		note()
	}
	// The certificates are renewed without a new authority too.
	for n := len(leaves); len(leaves) < n+2*rotations; {
		eventually(t, func() string {
			before := len(leaves)
			note()
			if len(leaves) == before {
				return "no certificate was renewed"
			}
			return ""
		})
	}
	nothingHappened(t, run.end(t))
	permitted(t, &log)
	if len(leaves) < 4*rotations {
		t.Errorf("%d certificates were served", len(leaves))
	}
}

// TestAnAuthorityIsRevoked as the installation's page says: the Secret is deleted, and then
// the bundles are emptied.
func TestAnAuthorityIsRevoked(t *testing.T) {
	installed := install(t, "managed")
	var log cluster.Log
	_, list := twoReplicas(t, &log, installed)
	guarded(t)
	before := authority(t)
	kubectl(t, "", "-n", "sluice-system", "delete", "secret", "sluice-webhook-ca")
	var after *x509.Certificate
	eventually(t, func() string {
		if after = authority(t); after == nil || after.Equal(before) {
			return "there is no new authority"
		}
		for _, b := range bundles(t) {
			if strings.Count(b, "BEGIN CERTIFICATE") != 2 {
				return "a bundle has not both authorities"
			}
		}
		return ""
	})
	trust(t, nil)
	guarded(t)
	eventually(t, func() string { return servedBy(t, after, list) })
	want := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: after.Raw}))
	eventually(t, func() string {
		for _, b := range bundles(t) {
			if b != want {
				return "a bundle has other authorities than the new one"
			}
		}
		return ""
	})
	permitted(t, &log)
}

// TestManagedCertificatesOutliveReplicas replaces the replicas one after the other, as an
// upgrade and a drained node do.
func TestManagedCertificatesOutliveReplicas(t *testing.T) {
	installed := install(t, "managed")
	var log cluster.Log
	set, list := twoReplicas(t, &log, installed, "--drain=2s")
	guarded(t)
	run := startTraffic(t, shared)
	for range rotations / 2 {
		r, err := set.Add(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := list[0].Stop(); err != nil {
			t.Error(err)
		}
		list = append(list[1:], r)
	}
	nothingHappened(t, run.end(t))
	permitted(t, &log)
}

// TestACrash kills a replica. No API server can know that before it asked, so until its
// probe fails some changes are refused; none may pass unseen.
func TestACrash(t *testing.T) {
	installed := install(t, "managed")
	var log cluster.Log
	_, list := twoReplicas(t, &log, installed)
	guarded(t)
	run := startTraffic(t, shared)
	run.passes(t, rate)
	list[0].Kill()
	run.passes(t, 3*rate)
	c := run.end(t)
	if c.admitted != 0 || c.unavailable != 0 || c.starting != 0 {
		t.Errorf("%+v", c)
	}
	t.Logf("%d of %d changes were refused because they met the crashed replica", c.failed, c.accepted+c.refused+c.failed)
}

// TestTheAPIServerRestarts while changes arrive: what it takes is judged. For up to 30 seconds, it
// denies all of them, because it has not found the resource FlowExportPolicy yet.
func TestTheAPIServerRestarts(t *testing.T) {
	installed := install(t, "managed")
	var log cluster.Log
	twoReplicas(t, &log, installed)
	guarded(t)
	run := startTraffic(t, shared)
	run.passes(t, rate)
	if err := shared.RestartAPIServer(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	run.passes(t, 2*rate)
	c := run.end(t)
	if c.admitted != 0 || c.failed != 0 {
		t.Errorf("%+v", c)
	}
	t.Logf("%d changes passed %s after the restart", 2*rate, time.Since(began).Round(time.Millisecond))
}
