package main

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/cmd/internal/exit"
	"sluice/cmd/kubectl-sluice/internal/status"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// verified is a node's report of a verification.
func verified(name string, v *v1alpha1.Verification) v1alpha1.NodeFlowExport {
	n := v1alpha1.NodeFlowExport{ObjectMeta: metav1.ObjectMeta{Name: name}}
	n.Status.ObservedGeneration, n.Status.NetworkUID, n.Status.Verification = 3, "u", v
	n.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionApplied, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonInSync}}
	return n
}

// counted is a verification that counted something of NetFlow.
func counted(f v1alpha1.VerifiedFormat) *v1alpha1.Verification {
	f.Format = "NetFlow"
	return &v1alpha1.Verification{Request: "other,mine", Phase: v1alpha1.VerificationDone, Formats: []v1alpha1.VerifiedFormat{f}}
}

func clusterOf(exports ...v1alpha1.NodeFlowExport) status.Cluster {
	c := status.Cluster{Generation: 3, NetworkUID: "u", Now: time.Unix(1000, 0), Exports: exports, Heartbeats: map[string]status.Heartbeat{}}
	for _, n := range exports {
		c.Nodes = append(c.Nodes, n.Name)
		c.Heartbeats[n.Name] = status.Heartbeat{Renewed: c.Now, Duration: time.Minute}
	}
	return c
}

// Each outcome is told apart from the others, in the text, in JSON and in the exit status.
func TestOutcomesOfAVerification(t *testing.T) {
	off := verified("off", nil)
	off.Status.Conditions[0].Reason, off.Status.Conditions[0].Message = v1alpha1.ReasonExportOff, "FlowExportProfile private switches export off"
	refusedFor := func(reason v1alpha1.VerificationReason, message string) *v1alpha1.Verification {
		return &v1alpha1.Verification{Request: "mine", Phase: v1alpha1.VerificationRefused, Reason: reason, Message: message}
	}
	inMode := func(name string, agent v1alpha1.Mode, v *v1alpha1.Verification) v1alpha1.NodeFlowExport {
		n := verified(name, v)
		n.Status.Mode, n.Status.AgentMode, n.Status.Profile = v1alpha1.ModeObserve, agent, "canary"
		n.Status.Conditions = append(n.Status.Conditions, metav1.Condition{Type: v1alpha1.ConditionExporting, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonSocketsOpen})
		return n
	}
	paused := inMode("paused", v1alpha1.ModeEnforce, nil)
	differs := inMode("differs", v1alpha1.ModeEnforce, nil)
	differs.Status.Conditions[0].Status, differs.Status.Conditions[0].Reason = metav1.ConditionFalse, v1alpha1.ReasonObserveOnly
	differs.Status.Conditions[1].Status, differs.Status.Conditions[1].Reason = metav1.ConditionFalse, v1alpha1.ReasonNotApplied
	sick := inMode("sick", v1alpha1.ModeEnforce, refusedFor(v1alpha1.VerificationMayNotWrite, "the agent may not change Open vSwitch"))
	sick.Status.Conditions[1].Status, sick.Status.Conditions[1].Reason = metav1.ConditionFalse, v1alpha1.ReasonVSwitchdDown
	cleaned := verified("cleaned", nil)
	cleaned.Status.Mode, cleaned.Status.Conditions[0].Reason, cleaned.Status.Conditions[0].Message = v1alpha1.ModeCleanup, v1alpha1.ReasonCleanedUp, "everything is removed"
	and := func(another v1alpha1.NodeFlowExport) func(*status.Cluster) {
		return func(c *status.Cluster) {
			*c = clusterOf(append(c.Exports, another)...)
		}
	}
	for name, c := range map[string]struct {
		report v1alpha1.NodeFlowExport
		change func(*status.Cluster)
		status int
	}{
		"received":     {report: verified("node", counted(v1alpha1.VerifiedFormat{Datagrams: 3, Records: 9}))},
		"no-sample":    {report: verified("node", counted(v1alpha1.VerifiedFormat{Datagrams: 12}))},
		"no-template":  {report: verified("node", counted(v1alpha1.VerifiedFormat{Datagrams: 2182, Undecoded: 2182}))},
		"no-datagrams": {report: verified("node", counted(v1alpha1.VerifiedFormat{})), status: 1},
		"idle":         {report: verified("node", &v1alpha1.Verification{Request: "mine", Phase: v1alpha1.VerificationDone, Idle: true, Formats: counted(v1alpha1.VerifiedFormat{}).Formats})},
		"forged-idle":  {report: verified("node", &v1alpha1.Verification{Request: "mine", Phase: v1alpha1.VerificationDone, Idle: true, Formats: counted(v1alpha1.VerifiedFormat{Foreign: 7}).Formats}), status: 1},
		"forged":       {report: verified("node", counted(v1alpha1.VerifiedFormat{Foreign: 7})), status: 1},
		"off":          {report: off},
		"off-since":    {report: verified("node", refusedFor(v1alpha1.VerificationNothingConfigured, "nothing is to be exported, so there is nothing to verify"))},
		"refused":      {report: verified("node", refusedFor(v1alpha1.VerificationMayNotWrite, "the agent may not change Open vSwitch")), status: 1},
		"paused":       {report: differs, change: and(verified("node", counted(v1alpha1.VerifiedFormat{Datagrams: 3, Records: 9})))},
		"paused-sick":  {report: sick, status: 1, change: and(verified("node", counted(v1alpha1.VerifiedFormat{Datagrams: 3, Records: 9})))},
		"paused-since": {
			report: verified("node", counted(v1alpha1.VerifiedFormat{Datagrams: 3, Records: 9})),
			change: and(inMode("paused", v1alpha1.ModeEnforce, refusedFor(v1alpha1.VerificationMayNotWrite, "the agent may not change Open vSwitch"))),
		},
		"observes":   {report: inMode("observes", v1alpha1.ModeObserve, nil), change: and(verified("node", counted(v1alpha1.VerifiedFormat{Datagrams: 3, Records: 9})))},
		"all-paused": {report: paused, status: 1},
		"paused-once": {report: verified("node", refusedFor(v1alpha1.VerificationMayNotWrite, "the agent may not change Open vSwitch")), status: 1, change: func(c *status.Cluster) {
			paused.Status.ObservedGeneration, paused.Name = 2, "paused" // it is outdated
			paused.Status.Verification = refusedFor(v1alpha1.VerificationMayNotWrite, "the agent may not change Open vSwitch")
			and(paused)(c)
		}},
		"cleaned-up": {report: cleaned},
		"no-answer":  {report: verified("node", &v1alpha1.Verification{Request: "other", Phase: v1alpha1.VerificationDone}), status: 1},
		"not-ready":  {report: verified("node", nil), status: 1, change: func(c *status.Cluster) { c.NotReady = []string{"node"} }},
		"out-of-scope": {report: verified("node", nil), status: 1, change: func(c *status.Cluster) {
			c.Heartbeats, c.Nodes, c.OutOfScope = nil, nil, []string{"node"}
		}},
		"agent-down": {report: verified("node", nil), status: 1, change: func(c *status.Cluster) { c.Heartbeats = nil }},
		"no-report":  {report: off, status: 1, change: func(c *status.Cluster) { c.Nodes = append(c.Nodes, "another") }},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := clusterOf(c.report)
			if c.change != nil {
				c.change(&cluster)
			}
			reports, err := reporting(cluster, nil)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			for _, quiet := range []bool{false, true} {
				p := newProgress(screen{out: &out}, quiet, cluster, reports)
				p.update(cluster, func(string) string { return "mine" })
				if err := p.result(); exit.Status(err, "test", io.Discard) != c.status {
					t.Errorf("status %d, not %d", exit.Status(err, "test", io.Discard), c.status)
				}
			}
			golden(t, filepath.Join("testdata", "verify", name+".golden"), out.Bytes())
		})
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}
