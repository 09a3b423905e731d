package doctor

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/status"
)

// An agent that is not to run is not down, and it is not known of one that is silent if the DaemonSet can't be read.
func TestSilentAgentsThatAreNotToRun(t *testing.T) {
	report := func(name string) string {
		return "{apiVersion: sluice.dev/v1alpha1, kind: NodeFlowExport, metadata: {name: " + name + "}}"
	}
	state := func(change func(*status.Cluster)) status.Cluster {
		c := status.Cluster{Generation: 1, Installed: true, Nodes: []string{"a"}, OutOfScope: []string{"b"}}
		for _, name := range []string{"a", "b"} {
			c.Exports = append(c.Exports, v1alpha1.NodeFlowExport{ObjectMeta: metav1.ObjectMeta{Name: name}})
		}
		change(&c)
		return c
	}
	for name, c := range map[string]struct {
		reports   string
		cluster   status.Cluster
		fail      error
		state     State
		says, fix string
	}{
		"it is not selected":            {report("b"), state(func(*status.Cluster) {}), nil, OK, "0 of 0 are alive, and 1 is not to run any more", ""},
		"another one is down":           {report("a") + "\n---\n" + report("b"), state(func(*status.Cluster) {}), nil, Bad, "1 of 1 agents have not renewed their Leases: a", "describe daemonset"},
		"the DaemonSet can't be read":   {report("a"), state(func(c *status.Cluster) { c.Installed, c.ScopeUnknown = false, "daemonsets is forbidden" }), nil, Unknown, "it is unknown whether they are to run: daemonsets is forbidden", ""},
		"the Nodes can't be read":       {report("a"), state(func(c *status.Cluster) { c.NodesUnknown = "nodes is forbidden" }), nil, Unknown, "it is unknown whether they are to run: nodes is forbidden", ""},
		"something else can't be read":  {report("a"), status.Cluster{}, errors.New("timeout"), Unknown, "1 of 1 agents have not renewed their Leases: a; it is unknown whether they are to run: timeout", ""},
		"the DaemonSet is deleted, too": {report("a"), state(func(c *status.Cluster) { c.Installed, c.OutOfScope = false, nil }), nil, Bad, "there is no DaemonSet sluice-agent", "kubectl delete nodeflowexport NODE"},
	} {
		t.Run(name, func(t *testing.T) {
			cluster, _ := broken(t, c.reports)
			cluster.Now = time.Now
			cluster.Status = func(context.Context) (status.Cluster, error) { return c.cluster, c.fail }
			f := cluster.alive(t.Context())
			if f.State != c.state || !strings.Contains(f.Detail+f.Why, c.says) || !strings.Contains(f.Do, c.fix) {
				t.Errorf("%+v", f)
			}
		})
	}
	f := Cluster{Status: func(context.Context) (status.Cluster, error) { return state(func(*status.Cluster) {}), nil }}.reports(t.Context())
	if f.State != Bad || !strings.Contains(f.Why, "b: OutOfScope: the DaemonSet does not select the node") {
		t.Errorf("the reports: %+v", f)
	}
}
