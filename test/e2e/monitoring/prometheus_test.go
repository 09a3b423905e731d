package monitoring

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
)

// prometheus is a running one.
type prometheus struct{ address string }

// series is one of a result, by its labels.
type series = map[string]string

// freeAddress is one on loopback that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// startPrometheus starts one with the component's rules; it ends with the test.
func startPrometheus(t *testing.T, scrapes []any) *prometheus {
	t.Helper()
	folder := t.TempDir()
	_, rules := rules(t)
	config, err := yaml.Marshal(map[string]any{
		"global":     map[string]any{"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
		"rule_files": []any{"rules.yaml"}, "scrape_configs": scrapes,
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"rules.yaml": rules, "prometheus.yaml": config} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := &prometheus{address: freeAddress(t)}
	log := &cluster.Log{}
	command := exec.CommandContext(context.WithoutCancel(t.Context()), program(t, "prometheus"),
		"--config.file="+filepath.Join(folder, "prometheus.yaml"), "--storage.tsdb.path="+filepath.Join(folder, "data"),
		"--web.listen-address="+p.address)
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- command.Wait() }()
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM) // it may have ended
		select {
		case <-done:
		case <-time.After(time.Minute):
			_ = command.Process.Kill()
			<-done
		}
		if t.Failed() {
			t.Logf("log of prometheus:\n%s", log)
		}
	})
	return p
}

// get asks the HTTP API.
func (p *prometheus) get(ctx context.Context, path string, parameters url.Values, to any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+"/api/v1/"+path+"?"+parameters.Encode(), nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var answer struct {
		Error string
		Data  json.RawMessage
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return fmt.Errorf("%s: %w", response.Status, err)
	}
	if answer.Error != "" {
		return errors.New(answer.Error)
	}
	return json.Unmarshal(answer.Data, to)
}

// query evaluates an expression now.
func (p *prometheus) query(ctx context.Context, expr string) ([]series, error) {
	var data struct {
		Result []struct{ Metric series }
	}
	err := p.get(ctx, "query", url.Values{"query": {expr}}, &data)
	var found []series
	for _, r := range data.Result {
		found = append(found, r.Metric)
	}
	return found, err
}

// waitForRules waits until each rule was evaluated, which must not fail.
func (p *prometheus) waitForRules(t *testing.T) {
	t.Helper()
	eventually(t, func(ctx context.Context) string {
		var data struct {
			Groups []struct {
				Rules []struct{ Name, Health, LastError string }
			}
		}
		if err := p.get(ctx, "rules", nil, &data); err != nil {
			return err.Error()
		}
		for _, g := range data.Groups {
			for _, r := range g.Rules {
				if r.Health != "ok" {
					return fmt.Sprintf("the rule %s is %s: %s", r.Name, r.Health, r.LastError)
				}
			}
		}
		if len(data.Groups) == 0 {
			return "no rules"
		}
		return ""
	})
}

// eventually waits for a condition that says what is missing. What it says when the time is
// over is about the time.
func eventually(t *testing.T, condition func(context.Context) string) {
	t.Helper()
	last := ""
	err := nodes.Wait(t.Context(), 2*time.Minute, func(ctx context.Context) string {
		if missing := condition(ctx); ctx.Err() == nil || last == "" {
			last = missing
		}
		return last
	})
	if err != nil {
		t.Fatal(err)
	}
}
