package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"sluice/cmd/internal/exit"
)

// skewedCluster serves a cluster with one node over HTTP: the node's clock is ahead, and its agent renewed its
// Lease some time ago.
func skewedCluster(t *testing.T, ahead, silent time.Duration) *httptest.Server {
	t.Helper()
	now := time.Now()
	renewed := now.Add(-silent)
	changed := now.Add(ahead - 3*time.Hour).UTC().Format(time.RFC3339)
	lease := map[string]any{
		"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": map[string]any{"name": "worker-1", "namespace": "sluice-agent", "managedFields": []any{map[string]any{
			"manager": "sluice-agent", "operation": "Apply", "apiVersion": "coordination.k8s.io/v1", "fieldsType": "FieldsV1", "time": renewed.UTC().Format(time.RFC3339),
			"fieldsV1": map[string]any{"f:spec": map[string]any{"f:renewTime": map[string]any{}}},
		}}},
		"spec": map[string]any{"leaseDurationSeconds": 100, "renewTime": renewed.Add(ahead).UTC().Format(metav1.RFC3339Micro)},
	}
	condition := func(kind, reason string) map[string]any {
		return map[string]any{"type": kind, "status": "True", "reason": reason, "message": "m", "lastTransitionTime": changed}
	}
	report := map[string]any{
		"apiVersion": "sluice.dev/v1alpha1", "kind": "NodeFlowExport", "metadata": map[string]any{"name": "worker-1"},
		"status": map[string]any{
			"observedGeneration": 1, "networkUID": "u", "mode": "Enforce", "observed": map[string]any{},
			"conditions": []any{condition("Applied", "InSync"), condition("Exporting", "SocketsOpen")},
		},
	}
	network := map[string]any{
		"apiVersion": "operator.openshift.io/v1", "kind": "Network", "metadata": map[string]any{"name": "cluster", "uid": "u", "generation": 1},
		"spec": map[string]any{"exportNetworkFlows": map[string]any{"netFlow": map[string]any{"collectors": []any{"192.0.2.1:2055"}}}},
	}
	lists := map[string][]any{
		"nodes": {map[string]any{"apiVersion": "v1", "kind": "Node", "metadata": map[string]any{"name": "worker-1"}}}, "leases": {lease}, "nodeflowexports": {report}, "flowexportprofiles": nil,
	}
	return serving(t, lists, network)
}

// serving serves lists of objects and a Network over HTTP, and no other resource.
func serving(t *testing.T, lists map[string][]any, network map[string]any) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		what := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		items, listed := lists[what]
		switch {
		case listed:
			_ = json.NewEncoder(w).Encode(map[string]any{"apiVersion": "v1", "kind": "List", "metadata": map[string]any{}, "items": append([]any{}, items...)})
		case what == "cluster" && strings.Contains(r.URL.Path, "networks"):
			_ = json.NewEncoder(w).Encode(network)
		default:
			w.WriteHeader(http.StatusNotFound)
			_ = json.NewEncoder(w).Encode(map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": http.StatusNotFound})
		}
	}))
	t.Cleanup(server.Close)
	return server
}

// The user's clock, the node's and the API server's may all differ.
func TestNoClockOfAnyoneChangesWhatIsSaid(t *testing.T) {
	t.Setenv("KUBE_FEATURE_WatchListClient", "false")
	offsets := []time.Duration{-25 * time.Hour, -2 * time.Hour, -6 * time.Minute, 0, 6 * time.Minute, 2 * time.Hour, 25 * time.Hour}
	for _, user := range offsets {
		for _, node := range offsets {
			for _, dead := range []bool{false, true} {
				t.Run(fmt.Sprintf("user %s node %s dead %t", user, node, dead), func(t *testing.T) {
					silent, want := 30*time.Second, ""
					switch {
					case dead:
						silent, want = 10*time.Minute+30*time.Second, "AgentDown: the agent has not renewed its Lease for 10m"
					case node > 0:
						want = "ClockAhead: the clock of the node is "
					case node < 0:
						want = "ClockBehind: the clock of the node is "
					}
					server := skewedCluster(t, node, silent)
					config := clientcmd.NewDefaultClientConfig(*clientcmdapi.NewConfig(), &clientcmd.ConfigOverrides{ClusterInfo: clientcmdapi.Cluster{Server: server.URL}})
					a, err := newAccess(config, func() time.Time { return time.Now().Add(user) })
					if err != nil {
						t.Fatal(err)
					}
					var out bytes.Buffer
					err = statusFlags{output: "text", by: "node", color: "never"}.run(t.Context(), open(a), screen{out: &out, getenv: func(string) string { return "" }})
					text := out.String()
					if code := exit.Status(err, "test", io.Discard); code != map[bool]int{true: 0, false: 1}[want == ""] {
						t.Errorf("exit status %d, %v:\n%s", code, err, text)
					}
					if strings.Contains(text, "AgentDown") != dead || !strings.Contains(text, want) || strings.Contains(text, "invalid") {
						t.Errorf("no %q in:\n%s", want, text)
					}
					if !strings.Contains(text, "3h") {
						t.Errorf("what changed 3 hours ago has another age:\n%s", text)
					}
					for _, f := range a.check(t.Context()) {
						if f.ID == "agents-alive" && (f.State == "ok") == dead {
							t.Errorf("doctor: %+v", f)
						}
					}
				})
			}
		}
	}
}
