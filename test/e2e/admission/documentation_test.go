package admission

import (
	"context"
	"os"
	"testing"

	"sluice/test/harness/cluster"
)

// documented is what the documentation prints for its own example.
const documented = `{"netFlow":{"collectors":["192.168.1.99:2056"]}}`

func TestDocumentedManifestIsApplied(t *testing.T) {
	reset(t)
	apply := must(t, cluster.Command{User: cluster.NetAdmin, Args: []string{"apply", "--server-side", "-f", "testdata/netflow.yaml"}})
	if want := "network.operator.openshift.io/cluster serverside-applied\n"; apply.Stdout != want || apply.Stderr != "" {
		t.Errorf("apply printed %q and %q, want %q and nothing", apply.Stdout, apply.Stderr, want)
	}
	if got := stored(t); got != documented {
		t.Errorf("stored %s, want %s", got, documented)
	}
}

func TestDocumentedProcedures(t *testing.T) {
	reset(t)
	patch, err := os.ReadFile("testdata/netflow-patch.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"patch", "network.operator", "cluster", "--type", "merge", "-p", string(patch)}, "network.operator.openshift.io/cluster patched\n"},
		{[]string{"get", "network.operator", "cluster", "-o", "jsonpath={.spec.exportNetworkFlows}"}, documented},
		{[]string{"patch", "network.operator", "cluster", "--type=json", `-p=[{"op":"remove", "path":"/spec/exportNetworkFlows"}]`}, "network.operator.openshift.io/cluster patched\n"},
		{[]string{"get", "network.operator", "cluster", "-o", "jsonpath={.spec.exportNetworkFlows}"}, ""},
	} {
		got := must(t, cluster.Command{User: cluster.NetAdmin, Args: step.args})
		if got.Stdout != step.want || got.Stderr != "" {
			t.Errorf("kubectl %q printed %q and %q, want %q and nothing", step.args, got.Stdout, got.Stderr, step.want)
		}
	}
}

// Every feature set that openshift/api ships a CRD for behaves the same.
func TestEveryCRDVariant(t *testing.T) {
	t.Cleanup(func() {
		if err := shared.InstallCRD(context.WithoutCancel(t.Context()), "Default"); err != nil {
			t.Error(err)
		}
	})
	for _, variant := range cluster.CRDVariants() {
		t.Run(variant, func(t *testing.T) {
			if err := shared.InstallCRD(t.Context(), variant); err != nil {
				t.Fatal(err)
			}
			reset(t)
			must(t, cluster.Command{User: cluster.NetAdmin, Args: []string{"apply", "--server-side", "-f", "testdata/netflow.yaml"}})
			if got := stored(t); got != documented {
				t.Errorf("stored %s, want %s", got, documented)
			}
			golden(t, "leading-zero", merge(t, `{"sFlow":{"collectors":["10.0.0.01:6343"]}}`))
			if got := stored(t); got != documented {
				t.Errorf("a refused patch changed the object to %s", got)
			}
		})
	}
}
