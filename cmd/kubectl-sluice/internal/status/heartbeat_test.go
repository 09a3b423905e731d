package status_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/status"
)

// silentFor is a cluster with one node whose agent has been silent for some time.
func silentFor(d time.Duration) status.Cluster {
	c := alive(status.Cluster{Generation: 7, Nodes: []string{"a"}, Exports: []v1alpha1.NodeFlowExport{node("a")}})
	c.Heartbeats["a"] = status.Heartbeat{Renewed: noon.Add(-d), Duration: 100 * time.Second}
	return c
}

func TestAReportCountsOnlyWhileItsAgentIsAlive(t *testing.T) {
	missing := silentFor(0)
	delete(missing.Heartbeats, "a")
	forbidden := silentFor(0)
	forbidden.LivenessUnknown = "leases is forbidden"
	notReady := silentFor(5 * time.Minute)
	notReady.NotReady = []string{"a"}
	another := silentFor(0)
	another.NetworkUID = "another"
	later := silentFor(0)
	later.Exports[0].Status.ObservedGeneration = 8
	const old = "; the values are from its last report"
	for name, c := range map[string]struct {
		cluster status.Cluster
		alive   int
		applied int
		want    string
	}{
		"alive":                    {silentFor(100 * time.Second), 1, 1, ""},
		"not in time":              {silentFor(101 * time.Second), 0, 0, "AgentDown: the agent has not renewed its Lease for 101s" + old},
		"for long":                 {silentFor(4*time.Minute + 12*time.Second), 0, 0, "AgentDown: the agent has not renewed its Lease for 4m12s" + old},
		"by a clock a bit ahead":   {silentFor(-100 * time.Second), 1, 1, ""},
		"by a clock far ahead":     {silentFor(-24 * time.Hour), 0, 0, "ClocksDiffer: it is unknown whether the agent is alive: its Lease was renewed in the future; synchronize the clocks of the API servers and of the node"},
		"without a Lease":          {missing, 0, 0, "AgentDown: the agent has no Lease" + old},
		"not to be known":          {forbidden, 0, 0, "LivenessUnknown: it is unknown whether the agents are alive, so no node counts as up to date: can't read the Leases in namespace sluice-agent: leases is forbidden; the ClusterRole sluice-view allows it"},
		"on a node that is down":   {notReady, 0, 0, "NodeNotReady: the node is not ready; its last report may be outdated"},
		"about another Network":    {another, 1, 0, "Outdated: the node reports about an earlier Network.operator of the same name"},
		"about a later generation": {later, 1, 0, "Outdated: the node reports generation 8; the current one is 7"},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.cluster.Summarize()
			var problems []string
			for _, p := range s.Problems {
				problems = append(problems, p.Reason+": "+p.Message)
			}
			if diff := cmp.Diff(c.want, strings.Join(problems, "\n")); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if s.Reports != 1 || s.Alive != c.alive || s.Applied != c.applied || s.Exporting != c.applied {
				t.Errorf("summary: %+v", s)
			}
		})
	}
}

func TestManySilentAgentsAreOneProblem(t *testing.T) {
	c := status.Cluster{Generation: 7}
	for i := range 1000 {
		c.Exports = append(c.Exports, node(fmt.Sprintf("worker-%03d", i)))
	}
	c = alive(c)
	for i := range 1000 {
		c.Heartbeats[fmt.Sprintf("worker-%03d", i)] = status.Heartbeat{Renewed: noon.Add(-time.Duration(200+i) * time.Second), Duration: 100 * time.Second}
	}
	problems := c.Summarize().Problems
	if len(problems) != 1 || len(problems[0].Nodes) != 1000 || problems[0].Message != "the agent has not renewed its Lease for 3m20s to 19m; the values are from its last report" {
		t.Errorf("%d problems, the first: %.300v", len(problems), problems)
	}
	delete(c.Heartbeats, "worker-007")
	if got := c.Summarize().Problems[0].Message; got != "the agent has not renewed its Lease for 3m20s or longer, or has none; the values are from its last report" {
		t.Error(got)
	}
}

func TestWhatADeadAgentReportedIsShownAsOld(t *testing.T) {
	c := silentFor(4 * time.Minute)
	c.Exports = append(c.Exports, node("b"))
	c.Heartbeats["b"] = status.Heartbeat{Renewed: noon, Duration: 100 * time.Second}
	var b bytes.Buffer
	if err := (status.View{Headers: true, Now: noon}).Write(&b, c); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"1 of 2 nodes are up to date.",
		"a     Enforce  (True)   (True)     (1 idle)  (off)  (off)  (5m)",
		"b     Enforce  True     True       1 idle    off    off    5m",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in:\n%s", want, b.String())
		}
	}
	b.Reset()
	if err := (status.View{Color: true, Now: noon}).Write(&b, c); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "\x1b[2ma  Enforce  (True)") || !strings.Contains(b.String(), "b  Enforce  \x1b[32mTrue") {
		t.Errorf("colors:\n%q", b.String())
	}
}
