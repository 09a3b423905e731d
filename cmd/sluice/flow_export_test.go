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

// Files that are each within the quota can be beyond it together.
func TestTheQuotaCountsAllFiles(t *testing.T) {
	named := func(name, namespace string) string {
		return strings.NewReplacer("name: siem", "name: "+name, "namespace: team-a", "namespace: "+namespace).Replace(flowExport(`["10.20.0.5:4739"]`))
	}
	dir := writeFiles(t, map[string]string{
		"policy.yaml": tenantPolicy, "a.yaml": named("a", "team-a"), "bc.yaml": named("b", "team-a") + "---\n" + named("c", "team-a"),
		"again.yaml": named("a", "team-a"), "other.yaml": named("d", "team-b"),
	})
	args := func(names ...string) []string {
		list := []string{"check", "--policy", filepath.Join(dir, "policy.yaml"), "--as", "alice", "--namespace-labels", "stage=production"}
		for _, name := range names {
			list = append(list, filepath.Join(dir, name))
		}
		return list
	}
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"one file":                {args("bc.yaml"), 0, "2 documents: 2 accepted"},
		"a file with the same":    {args("a.yaml", "again.yaml", "other.yaml"), 0, "3 documents: 3 accepted"},
		"two files":               {args("a.yaml", "bc.yaml"), 1, `"c": denied`},
		"the other order":         {args("bc.yaml", "a.yaml"), 1, "would have 3 FlowExports; the policy allows at most 2"},
		"stored ones count":       {append(args("a.yaml"), "--old", filepath.Join(dir, "bc.yaml")), 1, "would have 3 FlowExports"},
		"a change of one is none": {append(args("bc.yaml"), "--old", filepath.Join(dir, "bc.yaml")), 0, "2 accepted"},
	} {
		t.Run(name, func(t *testing.T) {
			if r := run(t, "", c.args...); r.code != c.code || !strings.Contains(r.stdout, c.want) {
				t.Errorf("exit status %d\n%s\n%s", r.code, r.stdout, r.stderr)
			}
		})
	}
}
