package policies

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// writeChanges writes files into a folder, and returns it.
func writeChanges(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// flowsPatch is a merge patch for the lists.
func flowsPatch(flows string) string { return `{"spec":{"exportNetworkFlows":` + flows + `}}` }

// Without the right to read policies, a tenant asks the API server. What is printed is compared word
// for word; nothing is stored.
func TestATenantAsksTheAPIServer(t *testing.T) {
	const stored = `{"netFlow":{"collectors":["10.30.0.1:9"]}}`
	own := `{"apiVersion":"operator.openshift.io/v1","kind":"Network","metadata":{"name":"cluster"},"spec":{"exportNetworkFlows":{"ipfix":{"collectors":["10.20.0.1:4739"]}}}}`
	dir := writeChanges(t, map[string]string{
		"allowed.yaml":    flowsPatch(`{"netFlow":{"collectors":["10.30.0.1:9","10.20.0.1:2055"]}}`),
		"denied.yaml":     "spec:\n  exportNetworkFlows:\n    netFlow:\n      collectors:\n      - 10.30.0.1:9\n      - 10.30.0.2:2055\n      - 10.20.99.1:2055\n",
		"mixed.yaml":      flowsPatch(`{"netFlow":{"collectors":["10.30.0.1:9","10.30.0.2:2055","10.20.0.1"]}}`),
		"removal.yaml":    flowsPatch(`null`),
		"normalized.yaml": flowsPatch(`{"netFlow":{"collectors":["10.30.0.1:9"," 10.20.0.1:02055"]}}`),
		"warned.yaml":     flowsPatch(`{"netFlow":{"collectors":["10.30.0.1:9","192.0.2.1:2055"]}}`),
		"own.yaml":        own,
		"config.yaml":     configWith("10.30.0.2:2055"),
		"typo.yaml":       strings.Replace(own, "collectors", "colectors", 1),
		"schema.yaml":     strings.Replace(own, `"spec":{`, `"spec":{"logLevel":"Shout",`, 1),
		"whole.yaml":      manifestWith(`{"netFlow":{"collectors":["10.30.0.1:9","10.20.0.1:2055"]}}`),
	})
	for name, c := range map[string]struct {
		user string
		args []string
	}{
		"check-allowed":      {mary, []string{"check", "--from-cluster", "allowed.yaml"}},
		"check-denied":       {mary, []string{"check", "--from-cluster", "denied.yaml"}},
		"check-denied-json":  {mary, []string{"check", "--from-cluster", "-o", "json", "denied.yaml"}},
		"check-mixed":        {mary, []string{"check", "--from-cluster", "mixed.yaml"}},
		"check-removal":      {mary, []string{"check", "--from-cluster", "removal.yaml"}},
		"check-normalized":   {mary, []string{"check", "--from-cluster", "normalized.yaml"}},
		"check-warned":       {guard, []string{"check", "--from-cluster", "warned.yaml"}},
		"check-configmap":    {mary, []string{"check", "--from-cluster", "config.yaml"}},
		"check-typo":         {mary, []string{"check", "--from-cluster", "typo.yaml"}},
		"check-schema":       {mary, []string{"check", "--from-cluster", "schema.yaml"}},
		"check-no-right":     {cluster.Viewer, []string{"check", "--from-cluster", "allowed.yaml"}},
		"check-apply":        {mary, []string{"check", "--from-cluster", "own.yaml"}},
		"check-replace":      {mary, []string{"check", "--from-cluster", "--how=replace", "own.yaml"}},
		"check-whole":        {mary, []string{"check", "--from-cluster", "--how=replace", "whole.yaml"}},
		"check-github":       {mary, []string{"check", "--from-cluster", "-o", "github", "denied.yaml"}},
		"explain-no-right":   {mary, []string{"policy", "explain", "--from-cluster"}},
		"explain-a-change":   {mary, []string{"policy", "explain", "--from-cluster", "denied.yaml"}},
		"explain-as-a-admin": {cluster.Admin, []string{"policy", "explain", "--from-cluster", "denied.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			reset(t)
			store(t, stored)
			apply(t, teams+"---\n"+rehearsal)
			golden(t, name, sluiceIn(t, dir, c.user, c.args...))
			stands(t, stored)
		})
	}
}

// TestTheDryRunAgreesWithTheChange asks first, and then makes the change in the same way.
func TestTheDryRunAgreesWithTheChange(t *testing.T) {
	for name, c := range map[string]struct{ user, flows string }{
		"own range":     {mary, `{"netFlow":{"collectors":["10.30.0.1:9","10.20.0.1:2055"]}}`},
		"other range":   {mary, `{"netFlow":{"collectors":["10.30.0.1:9","10.30.0.2:2055"]}}`},
		"a removal":     {mary, `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`},
		"off":           {john, `null`},
		"malformed":     {john, `{"netFlow":{"collectors":["10.30.0.1:9","10.30.0.2"]}}`},
		"no policy":     {cluster.NetAdmin, `{"sFlow":{"collectors":["192.0.2.1:6343"]}}`},
		"no right":      {cluster.Viewer, `{"sFlow":{"collectors":["192.0.2.1:6343"]}}`},
		"the operator":  {cluster.Operator, `{"sFlow":{"collectors":["192.0.2.1:6343"]}}`},
		"exempted user": {exempted, `{"sFlow":{"collectors":["192.0.2.1:6343"]}}`},
	} {
		t.Run(name, func(t *testing.T) {
			reset(t)
			store(t, `{"netFlow":{"collectors":["10.30.0.1:9"]}}`)
			apply(t, teams)
			file := filepath.Join(writeChanges(t, map[string]string{"a.json": flowsPatch(c.flows)}), "a.json")
			asked := sluice(t, c.user, "check", "--from-cluster", "-o", "json", file)
			var report struct {
				Results []struct {
					Verdict string
					Server  struct {
						Accepted bool
						User     string
					}
				}
			}
			if err := json.Unmarshal([]byte(asked.Stdout), &report); err != nil || len(report.Results) != 1 {
				t.Fatalf("%v: %s", err, asked.All())
			}
			made := patch(t, c.user, c.flows)
			if server := report.Results[0].Server; server.Accepted != made.OK() || (asked.Code == 0) != made.OK() || server.User != c.user {
				t.Errorf("asked: exit %d %+v; made: %s", asked.Code, report.Results[0], made.All())
			}
		})
	}
}

// A call that fails is no verdict.
func TestADryRunWithoutAWebhookIsNoVerdict(t *testing.T) {
	reset(t)
	if err := shared.sluice.Stop(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := shared.start(afterwards(t)); err != nil {
			t.Error(err)
		}
	})
	file := filepath.Join(writeChanges(t, map[string]string{"a.json": flowsPatch(`{"netFlow":{"collectors":["10.20.0.1:2055"]}}`)}), "a.json")
	if r := sluice(t, mary, "check", "--from-cluster", file); r.Code != 2 || !strings.Contains(r.Stderr, "networks cluster: dry run: ") {
		t.Errorf("exit %d: %s", r.Code, r.All())
	} else if !strings.Contains(r.Stdout, ": no verdict: the API server answered with an internal error") || strings.Contains(r.Stdout, "accepted") {
		t.Errorf("want no verdict, got %s", r.Stdout)
	}
}
