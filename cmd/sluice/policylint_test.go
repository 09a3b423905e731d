package main

import (
	"path/filepath"
	"strings"
	"testing"
)

const (
	fine     = `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: fine}, spec: {maxCollectors: 1}}`
	shadowed = `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: shadowed}, spec: {deny: [{}, {ports: ["1"]}]}}`
	unmet    = `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: unmet}, spec: {deny: [{}], required: [{format: IPFIX, collector: "10.0.0.5:4739"}]}}`
	null     = `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: "null"}, spec: {allow: [{formats: [IPFIX], destinations: }]}}`
)

func TestPolicyLint(t *testing.T) {
	const lineOfShadowed = "shadowed/deny[1]: warning: has no effect: deny[0] denies all that it matches [shadowed]\n"
	for name, c := range map[string]struct {
		text   string
		flags  []string
		code   int
		stdout string
		stderr string
	}{
		"nothing to say":             {fine, nil, 0, "1 policy: 0 errors, 0 warnings\n", ""},
		"a warning":                  {shadowed, nil, 0, lineOfShadowed + "1 policy: 0 errors, 1 warning\n", ""},
		"a warning that counts":      {shadowed, []string{"--fail-on=warning"}, 1, lineOfShadowed + "1 policy: 0 errors, 1 warning\n", ""},
		"an error":                   {unmet + "\n---\n" + fine, nil, 1, "unmet/required[0]: error: no user can add IPFIX 10.0.0.5:4739: every user is denied it, for example by unmet/deny[0] [unsatisfiable]\n2 policies: 1 error, 0 warnings\n", ""},
		"a user who is exempt":       {unmet, []string{"--exempt-user=mary"}, 1, "unmet/required[0]: error: no user can add IPFIX 10.0.0.5:4739: every user is denied it, for example by unmet/deny[0] [unsatisfiable]\n1 policy: 1 error, 0 warnings\n", ""},
		"what can't be read":         {null, nil, 2, "", "spec.allow[0].destinations: is null; write a value, or remove the field"},
		"an unknown severity":        {fine, []string{"--fail-on=never"}, 2, "", `--fail-on: "never" is unknown; use error or warning`},
		"an unknown format":          {fine, []string{"-o", "xml"}, 2, "", `--output: "xml" is unknown`},
		"an unknown family":          {fine, []string{"--ip-families=ipv7"}, 2, "", `"ipv7" is unknown`},
		"a cluster without the flag": {fine, []string{"--context=a"}, 2, "", "--kubeconfig and --context need --from-cluster"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := writeFiles(t, map[string]string{"p.yaml": c.text})
			r := run(t, "", append([]string{"policy", "lint", filepath.Join(dir, "p.yaml")}, c.flags...)...)
			if r.code != c.code || r.stdout != c.stdout || !strings.Contains(r.stderr, c.stderr) {
				t.Errorf("status %d\n%s\n%s", r.code, r.stdout, r.stderr)
			}
		})
	}
	if r := run(t, "", "policy", "lint"); r.code != 2 || !strings.Contains(r.stderr, "nothing to check; name files or directories") {
		t.Errorf("status %d: %s", r.code, r.stderr)
	}
}

// The commands judge a profile as the webhook does.
func TestProfilesAreCheckedByPolicies(t *testing.T) {
	const (
		bounds = `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: siem}, spec: {sampling: {max: 100}, required: [{format: IPFIX, collector: "10.0.0.5:4739"}]}}`
		head   = "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: edge}\n"
		good   = head + "spec: {ipfix: {sampling: 50}, sFlow: {sampling: 50}}\n"
	)
	dir := writeFiles(t, map[string]string{
		"policy.yaml": bounds, "good.yaml": good,
		"off.yaml":  head + "spec:\n  export: false\n  ipfix: {sampling: 50}\n  sFlow: {sampling: 50}\n",
		"typo.yaml": head + "spec: {ipfix: {samplng: 50}}\n",
		"suite.yaml": `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicyTest, policies: [policy.yaml], tests: [
{name: switched off, user: mary, old: good.yaml, object: off.yaml, expect: Denied, messages: ["spec.export", "siem/required[0]"]},
{name: created, user: mary, object: good.yaml, expect: Accepted},
{name: deleted, user: mary, old: good.yaml, expect: Denied, messages: ["siem/sampling"]},
{name: the ConfigMap, user: mary, expect: Denied, messages: ["data.sampling", "siem/sampling"],
 old: {apiVersion: v1, kind: ConfigMap, metadata: {name: ovs-flows-config}, data: {nodePort: "1", sampling: "50"}},
 object: {apiVersion: v1, kind: ConfigMap, metadata: {name: ovs-flows-config}, data: {nodePort: "1"}}}]}`,
	})
	file := func(name string) string { return filepath.Join(dir, name) }
	if r := run(t, "", "policy", "test", file("suite.yaml")); r.code != 0 {
		t.Errorf("status %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	r := run(t, "", "check", "--policy", file("policy.yaml"), "--as", "mary", "--old", file("good.yaml"), file("off.yaml"))
	if r.code != 1 || !strings.Contains(r.stdout, `spec.export`) || !strings.Contains(r.stdout, "the selected nodes would export nothing, but the policy requires IPFIX 10.0.0.5:4739") || !strings.Contains(r.stdout, ":5") {
		t.Errorf("status %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	r = run(t, "", "check", file("typo.yaml"))
	if r.code != 1 || !strings.Contains(r.stdout, `write "sampling"`) {
		t.Errorf("status %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	r = run(t, "", "policy", "explain", "--policy", file("policy.yaml"), "--as", "mary")
	if r.code != 0 || !strings.Contains(r.stdout, "sampling: at most 100  [siem/sampling]") {
		t.Errorf("status %d\n%s%s", r.code, r.stdout, r.stderr)
	}
}
