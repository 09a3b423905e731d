package main

import (
	"path/filepath"
	"strings"
	"testing"
)

const tenantPolicy = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: tenants}
spec:
  namespaces: {selector: {matchLabels: {stage: production}}}
  allow: [{destinations: [10.20.0.0/16]}]
  maxFlowExports: 2
`

const tenantTests = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicyTest
policies: [policy.yaml]
tests:
- name: allowed
  user: alice
  object: good.yaml
  namespace: {labels: {stage: production}}
  expect: Accepted
- name: another namespace
  user: alice
  object: good.yaml
  expect: Denied
- name: one too many
  user: alice
  object: good.yaml
  namespace: {labels: {stage: production}, otherFlowExports: 2}
  expect: Denied
  messages: [would have 3 FlowExports]
`

func flowExport(collectors string) string {
	return "apiVersion: sluice.dev/v1alpha1\nkind: FlowExport\nmetadata: {name: siem, namespace: team-a}\nspec:\n  ipfix:\n    collectors: " + collectors + "\n"
}

func TestFlowExportsAreChecked(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"policy.yaml": tenantPolicy, "tests.yaml": tenantTests,
		"good.yaml": flowExport(`["10.20.0.5:4739"]`), "bad.yaml": flowExport(`["10.20.0.05:4739"]`), "far.yaml": flowExport(`["10.30.0.5:4739"]`),
		"broken.yaml": flowExport(`["10.20.0.5:4739"`),
	})
	file := func(name string) string { return filepath.Join(dir, name) }
	policy := []string{"--policy", file("policy.yaml"), "--as", "alice"}
	labels := append([]string{"--namespace-labels", "stage=production"}, policy...)
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"well-formed":         {[]string{"check", file("good.yaml")}, 0, `FlowExport "siem": accepted`},
		"malformed":           {[]string{"check", file("bad.yaml")}, 1, "[sluice/leading-zero]"},
		"unreadable":          {[]string{"check", file("broken.yaml")}, 2, ""},
		"not named":           {append([]string{"check", file("good.yaml")}, policy...), 1, "no FlowExportPolicy that names the namespace"},
		"allowed":             {append([]string{"check", file("good.yaml")}, labels...), 0, "accepted"},
		"another destination": {append([]string{"check", file("far.yaml")}, labels...), 1, "[policy tenants/allow]"},
		"tests":               {[]string{"policy", "test", file("tests.yaml")}, 0, ""},
		"explained":           {append([]string{"policy", "explain", "-n", "team-a"}, labels...), 0, "10.20.0.0/16  [tenants/allow[0]]"},
	} {
		t.Run(name, func(t *testing.T) {
			if r := run(t, "", c.args...); r.code != c.code || !strings.Contains(r.stdout, c.want) {
				t.Errorf("exit status %d\n%s\n%s", r.code, r.stdout, r.stderr)
			}
		})
	}
}
