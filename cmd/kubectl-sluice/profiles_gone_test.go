package main

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/cmd/internal/exit"
)

// Kind of fault: an error hides what is known. Without the CustomResourceDefinition of the profiles, the agents change
// nothing and report why. The commands show the reports.
func TestReportsAreShownWithoutTheDefinitionOfTheProfiles(t *testing.T) {
	t.Setenv("KUBE_FEATURE_WatchListClient", "false")
	const why = "their CustomResourceDefinition was deleted, and they with it"
	condition := func(kind, status, reason string) map[string]any {
		return map[string]any{"type": kind, "status": status, "reason": reason, "message": why, "lastTransitionTime": "2026-01-02T12:00:00Z"}
	}
	report := map[string]any{
		"apiVersion": "sluice.dev/v1alpha1", "kind": "NodeFlowExport", "metadata": map[string]any{"name": "worker-1"},
		"status": map[string]any{
			"observedGeneration": 1, "networkUID": "u", "mode": "Enforce", "bridge": "br-int",
			"conditions": []any{condition("Applied", "Unknown", "NotSynced"), condition("Exporting", "Unknown", "NotSynced"), condition("Synced", "False", "WatchFailed")},
		},
	}
	lease := map[string]any{
		"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": map[string]any{"name": "worker-1", "namespace": "sluice-agent"},
		"spec": map[string]any{"leaseDurationSeconds": 100, "renewTime": time.Now().UTC().Format(metav1.RFC3339Micro)},
	}
	network := map[string]any{
		"apiVersion": "operator.openshift.io/v1", "kind": "Network", "metadata": map[string]any{"name": "cluster", "uid": "u", "generation": 1},
		"spec": map[string]any{"exportNetworkFlows": map[string]any{"netFlow": map[string]any{"collectors": []any{"192.0.2.1:2055"}}}},
	}
	server := serving(t, map[string][]any{
		"nodes": {map[string]any{"apiVersion": "v1", "kind": "Node", "metadata": map[string]any{"name": "worker-1"}}}, "leases": {lease}, "nodeflowexports": {report},
	}, network)
	kubeconfig := kubeconfigFor(t, server.URL)
	const unserved = "the cluster does not serve flowexportprofiles.sluice.dev; install Sluice's CRDs"
	for line, c := range map[string]struct {
		code int
		says []string
	}{
		"status":              {exit.Negative, []string{"worker-1", "NotSynced: " + why, "InputsUnknown: ", unserved}},
		"status -o json":      {exit.Negative, []string{`"name": "worker-1"`, unserved}},
		"plan":                {exit.Success, []string{"worker-1:\n  no changes\n  nothing is changed: it is unknown which FlowExportProfiles there are: " + unserved}},
		"plan --exit-code":    {exit.Success, []string{"nothing is changed: "}},
		"doctor":              {exit.Negative, []string{"NotSynced"}},
		"verify --timeout 1s": {exit.Negative, []string{"worker-1"}}, // no agent answers here
	} {
		text, code := runIn(t, kubeconfig, strings.Fields(line)...)
		if code != c.code {
			t.Errorf("%s: exit status %d, want %d", line, code, c.code)
		}
		for _, part := range c.says {
			if !strings.Contains(text, part) {
				t.Errorf("%s does not say %q:\n%s", line, part, text)
			}
		}
	}
}
