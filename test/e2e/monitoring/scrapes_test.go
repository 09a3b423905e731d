package monitoring

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// scrapes are Prometheus' jobs, with the labels that the ServiceMonitors give them.
func (s *sources) scrapes(t *testing.T) []any {
	t.Helper()
	authority, token := filepath.Join(t.TempDir(), "ca.crt"), s.As(cluster.Admin).BearerToken
	if err := os.WriteFile(authority, s.Config.CAData, 0o600); err != nil {
		t.Fatal(err)
	}
	job := func(name, url string, labels map[string]any) map[string]any {
		scheme, rest, _ := strings.Cut(url, "://")
		host, _, _ := strings.Cut(rest, "/")
		return map[string]any{"job_name": name, "scheme": scheme, "static_configs": []any{map[string]any{"targets": []any{host}, "labels": labels}}}
	}
	server := s.Config.Host
	if !strings.HasPrefix(server, "http") {
		server = "https://" + server
	}
	apiserver := job("apiserver", server, map[string]any{"namespace": "default"})
	apiserver["authorization"] = map[string]any{"credentials": token}
	apiserver["tls_config"] = map[string]any{"ca_file": authority}
	// It has thousands of others.
	apiserver["metric_relabel_configs"] = []any{map[string]any{"source_labels": []any{"__name__"}, "regex": "apiserver_admission_webhook_.*", "action": "keep"}}
	return []any{
		job("sluice-webhook-metrics", s.webhook.Metrics, map[string]any{"namespace": "sluice-system", "pod": "sluice-webhook-0"}),
		// Here one process does the work of both.
		job("sluice-controller-metrics", s.webhook.Metrics, map[string]any{"namespace": "sluice-system", "pod": "sluice-controller-0"}),
		job("sluice-agent-metrics", s.agent, map[string]any{"namespace": "sluice-agent", "pod": "sluice-agent-0", "node": s.node.Name}),
		apiserver,
	}
}
