package main

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
	"sluice/cmd/kubectl-sluice/internal/status"
)

// A plan is what will happen. An agent that is dead does nothing.
func TestAPlanSaysThatAnAgentIsDown(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		ago  time.Duration
		note string
	}{
		"it runs": {time.Second, ""},
		"it died": {time.Hour, "its agent gives no sign of life"},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := status.Cluster{
				Generation: 1, Nodes: []string{"a"}, Now: now,
				Exports:    []v1alpha1.NodeFlowExport{{ObjectMeta: metav1.ObjectMeta{Name: "a"}}},
				Heartbeats: map[string]status.Heartbeat{"a": {Renewed: now.Add(-c.ago), Duration: time.Minute}},
			}
			p, err := planFor(cluster, desired.Inputs{Network: &desired.Network{}}, desired.Node{Name: "a"})
			if err != nil {
				t.Fatal(err)
			}
			if (c.note == "") != (p.Note == "") || !strings.Contains(p.Note, c.note) {
				t.Errorf("note %q, want %q", p.Note, c.note)
			}
		})
	}
}
