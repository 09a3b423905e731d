package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/internal/kube"
)

// Kind of fault: what was read once counted for as long as the command ran.
func TestAWatchFollowsTheNodes(t *testing.T) {
	a := forbidden(t, kube.Policies()) // which is not read
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	nodes, reports := a.Client.Resource(kube.Nodes()), a.Client.Resource(kube.NodeFlowExports())
	calls := 0
	seen := func(c status.Cluster) bool {
		return len(c.Nodes) == 2 && c.Labels["worker-1"]["canary"] == "on" && len(c.NotReady) == 1 && c.NotReady[0] == "worker-2"
	}
	err := a.follow(ctx, true, func(c status.Cluster) (bool, error) {
		if calls++; calls == 1 {
			if len(c.Nodes) != 1 || len(c.Labels["worker-1"]) != 0 {
				t.Errorf("at first: %v, %v", c.Nodes, c.Labels)
			}
			if _, err := nodes.Patch(ctx, "worker-1", types.MergePatchType, []byte(`{"metadata":{"labels":{"canary":"on"}}}`), metav1.PatchOptions{}); err != nil {
				return false, err
			}
			joined := &unstructured.Unstructured{Object: map[string]any{
				"apiVersion": "v1", "kind": "Node", "metadata": map[string]any{"name": "worker-2"},
				"status": map[string]any{"conditions": []any{map[string]any{"type": "Ready", "status": "False"}}},
			}}
			if _, err := nodes.Create(ctx, joined, metav1.CreateOptions{}); err != nil {
				return false, err
			}
		}
		if seen(c) {
			return true, nil
		}
		// A change of a report brings up the Nodes.
		_, err := reports.Patch(ctx, "worker-1", types.MergePatchType, fmt.Appendf(nil, `{"metadata":{"annotations":{"n":"%d"}}}`, calls), metav1.PatchOptions{})
		return false, err
	})
	if err != nil || ctx.Err() != nil {
		t.Errorf("after %d calls: %v, %v", calls, err, ctx.Err())
	}
}
