package install

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
	"sluice/test/harness/replicas"
	"sluice/test/harness/require"
	"sluice/test/harness/testca"
)

var (
	shared *cluster.ControlPlane
	// program is sluice-webhook, checker sluice.
	program, checker string
	// auditLog has what Sluice's accounts ask of the API server.
	auditLog string
)

// auditPolicy records every request of Sluice's accounts.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  users: ["` + cluster.WebhookUser + `", "` + cluster.ControllerUser + `", "` + cluster.AgentUser + `"]
- level: None
`

func TestMain(m *testing.M) {
	var authority []byte
	cluster.Main(m, cluster.Suite{
		Flags: func(dir string) (flags []string, err error) {
			flags, authority, err = apiServerFlags(dir)
			return flags, err
		},
		Start: func(ctx context.Context, c *cluster.ControlPlane) (_ func() error, err error) {
			shared = c
			shared.Config.CAData = append(shared.Config.CAData, authority...)
			if err := shared.InstallOpenShift(ctx); err != nil {
				return nil, err
			}
			if program, err = cluster.BuildWebhook(ctx, c.Dir); err != nil {
				return nil, err
			}
			checker, err = cluster.BuildSluice(ctx, c.Dir)
			return nil, err
		},
	})
}

// apiServerFlags write what kube-apiserver needs into a folder: an audit policy, and a
// certificate for its Service, of the authority that is returned.
func apiServerFlags(dir string) (flags []string, authority []byte, err error) {
	policy := filepath.Join(dir, "audit-policy.yaml")
	auditLog = filepath.Join(dir, "accounts.log")
	if err := os.WriteFile(policy, []byte(auditPolicy), 0o600); err != nil {
		return nil, nil, err
	}
	authority, sni, err := serviceCertificate(dir)
	// As on OpenShift, the API server finds the webhook's replicas by the EndpointSlice.
	return []string{"enable-aggregator-routing=true", "audit-policy-file=" + policy, "audit-log-path=" + auditLog, sni}, authority, err
}

// serviceCertificate makes what each API server of a cluster has: a certificate for the name
// of its Service. It gives the authority and the flag.
func serviceCertificate(dir string) (authority []byte, flag string, err error) {
	a, err := testca.New("kube-apiserver-service-network-signer", time.Now(), time.Hour, rand.Reader)
	if err != nil {
		return nil, "", err
	}
	pair, err := a.Issue([]string{"kubernetes.default.svc"}, time.Now(), time.Hour)
	if err != nil {
		return nil, "", err
	}
	certificate, key := filepath.Join(dir, "service.crt"), filepath.Join(dir, "service.key")
	err = errors.Join(os.WriteFile(certificate, pair.Certificate, 0o600), os.WriteFile(key, pair.Key, 0o600))
	return a.Bundle(), "tls-sni-cert-key=" + certificate + "," + key + ":kubernetes.default.svc", err
}

func must(t *testing.T, stdin string, args ...string) cluster.Result {
	t.Helper()
	r, err := shared.Must(t.Context(), cluster.Command{User: cluster.Admin, Stdin: stdin, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// installed applies an overlay until the end of the test.
func installed(t *testing.T, name string) *cluster.Overlay {
	t.Helper()
	o, err := shared.Overlay(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shared.Apply(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.Background()
		off := []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":null}}`}
		err := shared.RemoveKeeping(ctx, o)
		_, offErr := shared.Must(ctx, cluster.Command{User: cluster.Admin, Args: off})
		if err := errors.Join(err, offErr); err != nil {
			t.Error(err)
		}
	})
	return o
}

// serve runs the controller and one replica of the webhook as the manifests say.
func serve(t *testing.T, o *cluster.Overlay, arguments []string) (*replicas.Set, *replicas.Replica) {
	t.Helper()
	controller, err := o.Controller()
	if err != nil {
		t.Fatal(err)
	}
	var log cluster.Log
	set, err := replicas.Start(t.Context(), shared, replicas.Options{Program: program, Arguments: arguments, Controller: controller, Log: &log})
	if errors.Is(err, replicas.ErrNoNamespaces) {
		require.Skip(t, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := set.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log of the webhook:\n%s", log.String())
		}
	})
	replica, err := set.Add(t.Context())
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	return set, replica
}

// eventually waits until a condition holds; the condition says what is missing.
func eventually(t *testing.T, condition func() (missing string)) {
	t.Helper()
	if err := nodes.Wait(t.Context(), 2*time.Minute, func(context.Context) string { return condition() }); err != nil {
		t.Fatal(err)
	}
}
