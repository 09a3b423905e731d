package profiles

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"

	"sluice/api/v1alpha1"
	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
)

var (
	shared *cluster.ControlPlane
	// program is sluice-webhook.
	program string
)

func TestMain(m *testing.M) {
	cluster.Main(m, cluster.Suite{Start: func(ctx context.Context, c *cluster.ControlPlane) (_ func() error, err error) {
		shared = c
		if err := errors.Join(c.InstallOpenShift(ctx), c.InstallPolicies(ctx), c.InstallAgents(ctx)); err != nil {
			return nil, err
		}
		program, err = cluster.BuildWebhook(ctx, c.Dir)
		return nil, err
	}})
}

// startController runs the controller with its own account until the test ends.
func startController(t *testing.T) (*cluster.Controller, *cluster.Log) {
	t.Helper()
	text, err := os.ReadFile("../../../manifests/base/controller-rbac.yaml")
	if err != nil {
		t.Fatal(err)
	}
	apply(t, string(text))
	log := &cluster.Log{}
	c, err := shared.StartController(t.Context(), program, []string{"--role=control", "--certs=files", "--admission-policies=off"}, log)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log of the controller:\n%s", log)
		}
	})
	return c, log
}

func kubectl(t *testing.T, args ...string) string {
	t.Helper()
	result, err := shared.Must(context.WithoutCancel(t.Context()), cluster.Command{User: cluster.Admin, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return result.Stdout
}

func apply(t *testing.T, manifest string) {
	t.Helper()
	if _, err := shared.Must(t.Context(), cluster.Command{User: cluster.Admin, Stdin: manifest, Args: []string{"apply", "--server-side", "--force-conflicts", "-f", "-"}}); err != nil {
		t.Fatal(err)
	}
}

// reset removes all nodes and profiles.
func reset(t *testing.T) {
	t.Helper()
	kubectl(t, "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":null}}`)
	kubectl(t, "delete", "flowexportprofiles,nodes", "--all", "--wait=false")
}

// eventually waits for a condition that says what is missing.
func eventually(t *testing.T, condition func() string) {
	t.Helper()
	if err := nodes.Wait(t.Context(), 2*time.Minute, func(context.Context) string { return condition() }); err != nil {
		t.Fatal(err)
	}
}

// get reads a profile.
func get(t *testing.T, name string) v1alpha1.FlowExportProfile {
	t.Helper()
	var p v1alpha1.FlowExportProfile
	if err := json.Unmarshal([]byte(kubectl(t, "get", "flowexportprofile", name, "-o", "json")), &p); err != nil {
		t.Fatal(err)
	}
	return p
}
