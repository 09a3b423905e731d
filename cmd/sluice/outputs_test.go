package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// explained is the complete PolicyExplanation of one user.
const explained = `{
  "apiVersion": "cli.sluice.dev/v1alpha1",
  "kind": "PolicyExplanation",
  "user": "mary",
  "groups": [
    "team-a",
    "system:authenticated"
  ],
  "allPolicies": 1,
  "policies": [
    {
      "name": "team-a",
      "enforcement": "Deny",
      "because": "group team-a"
    }
  ],
  "levels": [
    {
      "enforcement": "Deny",
      "restricted": true,
      "allow": [
        {
          "source": "team-a/allow[0]",
          "text": "every format to 10.20.0.0/16"
        }
      ],
      "deny": [
        {
          "source": "team-a/deny[0]",
          "text": "every format to 10.20.99.0/24"
        }
      ],
      "required": [
        {
          "source": "team-a/required[0]",
          "text": "IPFIX 10.0.0.5:4739"
        }
      ],
      "limits": [
        {
          "source": "team-a/maxCollectors",
          "most": 4
        }
      ],
      "removalRestricted": [
        "team-a"
      ]
    }
  ]
}
`

func TestExplainWritesTheSameObjectInEachFormat(t *testing.T) {
	dir := writeFiles(t, map[string]string{"p.yaml": `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: team-a}, spec: {subjects: [{kind: Group, name: team-a}],
allow: [{destinations: [10.20.0.0/16]}], deny: [{destinations: [10.20.99.0/24]}], required: [{format: IPFIX, collector: "10.0.0.5:4739"}], maxCollectors: 4, removal: OnlyAllowed}}`})
	args := []string{"policy", "explain", "--policy", filepath.Join(dir, "p.yaml"), "--as", "mary", "--as-group", "team-a"}
	if diff := cmp.Diff(explained, run(t, "", append(args, "-o", "json")...).stdout); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if r := run(t, "", append(args, "-o", "yaml")...); !strings.HasPrefix(r.stdout, "allPolicies: 1\napiVersion: cli.sluice.dev/v1alpha1\ngroups:\n") || r.code != 0 {
		t.Errorf("status %d, printed %s%s", r.code, r.stdout, r.stderr)
	}
}

func TestEachOutputForScriptsNamesItsVersionAndKind(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"p.yaml": `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: p}, spec: {maxCollectors: 1}}`,
		"suite.yaml": `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicyTest, policies: [p.yaml], tests: [{name: one, user: mary, expect: Accepted,
object: {spec: {exportNetworkFlows: {netFlow: {collectors: ["10.20.0.1:2055"]}}}}}]}`,
	})
	for kind, args := range map[string][]string{
		"CheckResult":       {"check", "-"},
		"PolicyExplanation": {"policy", "explain", "--policy", filepath.Join(dir, "p.yaml"), "--as", "mary"},
		"PolicyTestResult":  {"policy", "test", filepath.Join(dir, "suite.yaml")},
		"PolicyLint":        {"policy", "lint", filepath.Join(dir, "p.yaml")},
		"Version":           {"version"},
		"List":              {"policy", "compile"},
	} {
		r := run(t, goodPatch, append(args, "-o", "json")...)
		var keys struct{ APIVersion, Kind string }
		if err := json.Unmarshal([]byte(r.stdout), &keys); err != nil || r.code != 0 {
			t.Errorf("%s: status %d, error %v: %s%s", kind, r.code, err, r.stdout, r.stderr)
		}
		version := "cli.sluice.dev/v1alpha1"
		if kind == "List" {
			version = "v1" // objects of a cluster
		}
		if keys.APIVersion != version || keys.Kind != kind {
			t.Errorf("%s: is %+v", kind, keys)
		}
	}
}
