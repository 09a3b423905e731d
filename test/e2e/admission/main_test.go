package admission

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/test/harness/cluster"
)

// The cluster that all tests of the package share. Each test starts with reset.
type suite struct {
	*cluster.ControlPlane
	// webhook and program are the paths of sluice-webhook and sluice.
	webhook, program string
	sluice           *cluster.Sluice
	log              *cluster.Log
}

var (
	shared suite
	update = flag.Bool("update", false, "write the golden files again")
)

func TestMain(m *testing.M) {
	flag.Parse()
	cluster.Main(m, cluster.Suite{Start: func(ctx context.Context, c *cluster.ControlPlane) (_ func() error, err error) {
		shared.ControlPlane, shared.log = c, &cluster.Log{}
		if err := errors.Join(c.InstallOpenShift(ctx), c.InstallProfiles(ctx)); err != nil {
			return nil, err
		}
		if shared.webhook, err = cluster.BuildWebhook(ctx, c.Dir); err != nil {
			return nil, err
		}
		if shared.program, err = cluster.BuildSluice(ctx, c.Dir); err != nil {
			return nil, err
		}
		if err := shared.start(ctx); err != nil {
			return nil, err
		}
		return func() error { return shared.sluice.Stop() }, nil
	}})
}

// start runs the webhook with flags and registers it.
func (s *suite) start(ctx context.Context, flags ...string) error {
	var err error
	flags = append([]string{"--log-level=debug"}, flags...)
	if s.sluice, err = cluster.StartSluice(ctx, s.webhook, s.Dir, s.log, flags...); err != nil {
		return fmt.Errorf("%w\n%s", err, s.log)
	}
	return s.Register(ctx, s.sluice)
}

// reset brings the object back to what an installed cluster has.
func reset(t *testing.T) {
	t.Helper()
	must(t, cluster.Command{User: cluster.Operator, Args: []string{"delete", "network.operator", "--all"}})
	must(t, cluster.Command{User: cluster.Operator, Args: []string{"delete", "configmap", "-n", "openshift-network-operator", "--ignore-not-found", "ovs-flows-config"}})
	must(t, cluster.Command{User: cluster.Operator, Stdin: cluster.NetworkManifest(), Args: []string{"create", "-f", "-"}})
}

// store puts flows into the object as the Cluster Network Operator would, whom no webhook
// stops: the way to get old, bad lists.
func store(t *testing.T, flows string) {
	t.Helper()
	must(t, cluster.Command{User: cluster.Operator, Args: []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":` + flows + `}}`}})
}

// stored returns spec.exportNetworkFlows as the documentation reads it.
func stored(t *testing.T) string {
	t.Helper()
	return must(t, cluster.Command{User: cluster.Viewer, Args: []string{"get", "network.operator", "cluster", "-o", "jsonpath={.spec.exportNetworkFlows}"}}).Stdout
}

func kubectl(t *testing.T, command cluster.Command) cluster.Result {
	t.Helper()
	result, err := shared.Run(t.Context(), command)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func must(t *testing.T, command cluster.Command) cluster.Result {
	t.Helper()
	result := kubectl(t, command)
	if !result.OK() {
		t.Fatalf("kubectl %s: %s", strings.Join(command.Args, " "), result.All())
	}
	return result
}

// merge patches the object as the network team would.
func merge(t *testing.T, flows string, flags ...string) cluster.Result {
	t.Helper()
	args := append([]string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":` + flows + `}}`}, flags...)
	return kubectl(t, cluster.Command{User: cluster.NetAdmin, Args: args})
}

// golden compares what kubectl printed with a file.
func golden(t *testing.T, name string, result cluster.Result) {
	t.Helper()
	got := fmt.Sprintf("exit status %d\n--- stdout\n%s--- stderr\n%s", result.Code, result.Stdout, result.Stderr)
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; write it with: go test ./test/e2e/admission -update", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), or update with: go test ./test/e2e/admission -update\n%s", file, diff)
	}
}
