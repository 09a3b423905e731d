package callers

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
	"sluice/test/harness/replicas"
	"sluice/test/harness/require"
)

var (
	shared  *cluster.ControlPlane
	program string
)

func TestMain(m *testing.M) {
	cluster.Main(m, cluster.Suite{
		// The API server finds the replicas by the EndpointSlice, as OpenShift's does.
		Flags: func(string) ([]string, error) { return []string{"enable-aggregator-routing=true"}, nil },
		Start: func(ctx context.Context, c *cluster.ControlPlane) (_ func() error, err error) {
			shared = c
			if program, err = cluster.BuildWebhook(ctx, c.Dir); err != nil {
				return nil, err
			}
			return nil, c.InstallOpenShift(ctx)
		},
	})
}

// kubectl runs kubectl as the administrator.
func kubectl(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	r, err := shared.Must(t.Context(), cluster.Command{User: cluster.Admin, Stdin: stdin, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return r.Stdout
}

// installation is the overlay managed with a controller and one replica.
type installation struct {
	*replicas.Set

	replica *replicas.Replica
	log     *cluster.Log
}

// install applies the overlay until the end of the test, and runs it.
func install(t *testing.T) *installation {
	t.Helper()
	o, err := shared.Overlay(t.Context(), "managed")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shared.Apply(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := shared.RemoveKeeping(context.Background(), o); err != nil {
			t.Error(err)
		}
	})
	spec, err := o.PodSpec("Deployment", "sluice-webhook")
	if err != nil {
		t.Fatal(err)
	}
	controller, err := o.Controller()
	if err != nil {
		t.Fatal(err)
	}
	i := &installation{log: &cluster.Log{}}
	i.Set, err = replicas.Start(t.Context(), shared, replicas.Options{Program: program, Arguments: spec.Containers[0].Args, Controller: controller, Log: i.log})
	if errors.Is(err, replicas.ErrNoNamespaces) {
		require.Skip(t, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log:\n%s", i.log)
		}
	})
	if i.replica, err = i.Add(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, i.log)
	}
	if err := shared.WaitRefused(t.Context(), "192.0.2.1", "sluice/missing-port"); err != nil {
		t.Fatal(err)
	}
	return i
}

// policy is one that denies everything to everybody.
const policy = `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: closed}, spec: {deny: [{}]}}`

// enforced applies the policy until the end of the test.
func enforced(t *testing.T) {
	t.Helper()
	kubectl(t, policy, "apply", "-f", "-")
	t.Cleanup(func() {
		if _, err := shared.Kubectl(context.Background(), cluster.Admin, "delete", "fep", "closed"); err != nil {
			t.Error(err)
		}
	})
	kubectl(t, "", "wait", "--for=condition=Ready", "--timeout=60s", "fep/closed")
}

// denied makes a change that the policy denies.
func denied(t *testing.T) {
	t.Helper()
	r, err := shared.Kubectl(t.Context(), cluster.NetAdmin, "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["192.0.2.7:2055"]}}}}`)
	if err != nil || r.OK() || !strings.Contains(r.All(), "closed/deny[0]") {
		t.Fatalf("%v: %s", err, r.All())
	}
}

// eventually waits until a condition holds; the condition says what is missing.
func eventually(t *testing.T, condition func() (missing string)) {
	t.Helper()
	if err := nodes.Wait(t.Context(), 2*time.Minute, func(context.Context) string { return condition() }); err != nil {
		t.Fatal(err)
	}
}
