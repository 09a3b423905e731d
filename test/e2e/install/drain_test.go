package install

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// TestTheOnlyNodeCanBeDrained drains the node of a cluster with one node, with the controllers of
// Kubernetes that replace pods and count how many may be evicted.
func TestTheOnlyNodeCanBeDrained(t *testing.T) {
	for name, c := range map[string]struct {
		components string
		drained    bool
	}{
		"two replicas":              {"", false},
		"the component single-node": {"@/components/single-node", true},
	} {
		t.Run(name, func(t *testing.T) {
			control := another(t, nil)
			o, err := control.OverlayIn(t.Context(), composed(t, "@/overlays/managed", c.components))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := control.Apply(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			var log cluster.Log
			stop, err := control.StartWorkloadControllers(t.Context(), &log)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := stop(); err != nil {
					t.Errorf("%v\n%s", err, log.String())
				}
			})
			must := func(stdin string, args ...string) {
				t.Helper()
				if _, err := control.Must(t.Context(), cluster.Command{User: cluster.Admin, Stdin: stdin, Args: args}); err != nil {
					t.Fatalf("%v\n%s", err, log.String())
				}
			}
			must(`{apiVersion: v1, kind: Node, metadata: {name: only}}`, "create", "-f", "-")
			keepPods(t, control)
			must("", "-n", "sluice-system", "wait", "--for=condition=Available", "--timeout=60s", "deployment/sluice-webhook", "deployment/sluice-controller")
			must("", "-n", "sluice-system", "wait", "--for=jsonpath={.status.disruptionsAllowed}=1", "--timeout=60s", "pdb/sluice-webhook")

			drain := []string{"drain", "only", "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=60s"}
			if !c.drained {
				drain[len(drain)-1] = "--timeout=15s" // it asks again every five seconds
			}
			r, err := control.Run(t.Context(), cluster.Command{User: cluster.Admin, Args: drain})
			if err != nil {
				t.Fatal(err)
			}
			blocked := strings.Contains(r.All(), "it would violate the pod's disruption budget")
			if r.OK() != c.drained || blocked == c.drained {
				t.Errorf("exit %d: %s", r.Code, r.All())
			}
		})
	}
}

// composed is an overlay of one's own.
func composed(t *testing.T, resources, components string) string {
	t.Helper()
	dir := t.TempDir()
	if err := cluster.Compose(dir, filepath.Join(root(t), "manifests"), resources, components); err != nil {
		t.Fatal(err)
	}
	return dir
}

// keepPods does what the scheduler and the kubelet of the node do, until the test ends: pods are bound
// while the node is schedulable, are ready at once, and end at once.
func keepPods(t *testing.T, control *cluster.ControlPlane) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- newKubelet(control).run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
