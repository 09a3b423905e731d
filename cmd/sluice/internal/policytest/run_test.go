package policytest_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/cmd/sluice/internal/policytest"
	"sluice/cmd/sluice/internal/report"
	"sluice/validation/policy"
)

// memory is a folder in memory.
type memory map[string]string

func (m memory) Read(name string) ([]byte, error) {
	text, ok := m[name]
	if !ok {
		return nil, fmt.Errorf("open %s: %w", name, os.ErrNotExist)
	}
	return []byte(text), nil
}

func (m memory) Policies(paths []string) (list []policy.Policy, err error) {
	for _, path := range paths {
		text, err := m.Read(path)
		if err != nil {
			return nil, err
		}
		found, err := policy.Read(path, text)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

const teamA = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: team-a}
spec: {subjects: [{kind: Group, name: team-a}], allow: [{destinations: [10.20.0.0/16]}], removal: OnlyAllowed}
`

const head = "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportPolicyTest\n"

func object(list string) string {
	return `{apiVersion: operator.openshift.io/v1, kind: Network, metadata: {name: cluster}, spec: {exportNetworkFlows: {netFlow: {collectors: [` + list + `]}}}}`
}

// suite is a suite with one test.
func suite(test string) string {
	return head + "policies: [team-a.yaml]\nexemptUsers: [argocd]\ntests:\n- name: it\n" + test
}

func run(t *testing.T, files memory, paths ...string) ([]report.TestCase, string) {
	t.Helper()
	files["dir/team-a.yaml"] = teamA
	files["dir/stored.yaml"] = object(`"192.0.2.1:2055"`)
	cases, problems := policytest.Run(paths, files)
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.Error())
	}
	return cases, strings.Join(lines, "\n")
}

func TestProblemsOfATest(t *testing.T) {
	mary := "  user: mary\n  groups: [team-a]\n"
	for name, c := range map[string]struct {
		test string
		want []string // the problems
	}{
		"as expected": {mary + `  object: ` + object(`"10.20.0.1:2055"`) + "\n  expect: Accepted\n", nil},
		"a denial and its messages": {
			mary + `  object: ` + object(`"192.0.2.9:2055"`) + "\n  expect: Denied\n  messages: ['192.0.2.9:2055', '[policy team-a/allow]']\n  notMessages: [sluice/]\n", nil,
		},
		"an unchanged entry": {mary + "  old: stored.yaml\n  object: " + object(`"192.0.2.1:2055","10.20.0.1:2055"`) + "\n  expect: Accepted\n", nil},
		"a patch of it":      {mary + "  old: stored.yaml\n  object: {spec: {exportNetworkFlows: null}}\n  expect: Denied\n  messages: [team-a/removal]\n", nil},
		"a deletion":         {mary + "  old: stored.yaml\n  expect: Denied\n  messages: [team-a/removal]\n", nil},
		"an exempt user":     {"  user: argocd\n  groups: [team-a]\n  old: stored.yaml\n  expect: Accepted\n", nil},
		"a malformed entry":  {"  user: mary\n  object: " + object(`"192.0.2.9"`) + "\n  expect: Rejected\n  messages: ['[sluice/missing-port]']\n", nil},
		"another verdict":    {mary + `  object: ` + object(`"192.0.2.9:2055"`) + "\n  expect: Accepted\n", []string{"expected Accepted, got Denied"}},
		"missing and unwanted messages": {
			mary + `  object: ` + object(`"192.0.2.9:2055"`) + "\n  expect: Denied\n  messages: [team-b]\n  notMessages: [team-a/allow]\n",
			[]string{`no message contains "team-b"`, `a message contains "team-a/allow"`},
		},
		"a missing file": {mary + "  object: nowhere.yaml\n  expect: Accepted\n", []string{"open dir/nowhere.yaml: file does not exist"}},
		"an object of another kind": {
			mary + "  object: {apiVersion: v1, kind: Pod}\n  expect: Accepted\n",
			[]string{"dir/suite.yaml: has 0 objects that Sluice checks; write exactly one: a Network, a patch for it, the ConfigMap ovs-flows-config, a FlowExportProfile, a FlowExport, or a FlowCollector"},
		},
		"two resources": {
			mary + "  old: stored.yaml\n  object: {apiVersion: v1, kind: ConfigMap, metadata: {name: ovs-flows-config, namespace: openshift-network-operator}}\n  expect: Accepted\n",
			[]string{"old is in networks, but object is in configmaps; both must be of one resource"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			cases, problems := run(t, memory{"dir/suite.yaml": suite(c.test)}, "dir/suite.yaml")
			if problems != "" || len(cases) != 1 {
				t.Fatalf("%d tests, %s", len(cases), problems)
			}
			if diff := cmp.Diff(c.want, cases[0].Problems); diff != "" || cases[0].Passed() != (c.want == nil) {
				t.Errorf("(-want +got)\n%s\n%v", diff, cases[0].Messages)
			}
		})
	}
}

// A suite that checks less than its author meant would pass for the wrong reason.
func TestInvalidSuitesAreRejected(t *testing.T) {
	test := "tests: [{name: a, object: stored.yaml, expect: Accepted}]\n"
	for name, c := range map[string]struct{ text, want string }{
		"an unknown key":        {head + "policies: [team-a.yaml]\ntests: [{name: a, object: stored.yaml, expects: Denied}]\n", `unknown field "tests[0].expects"`},
		"a duplicate key":       {head + "policies: [team-a.yaml]\n" + test + test, `key "tests" already set in map`},
		"another version":       {"apiVersion: sluice.dev/v1\nkind: FlowExportPolicyTest\npolicies: [team-a.yaml]\n" + test, "write sluice.dev/v1alpha1"},
		"no policies":           {head + test, "policies: is empty"},
		"no tests":              {head + "policies: [team-a.yaml]\n", "tests: is empty"},
		"an unknown verdict":    {head + "policies: [team-a.yaml]\ntests: [{name: a, object: stored.yaml, expect: denied}]\n", `tests[0].expect: "denied" is unknown; use Accepted`},
		"a duplicate name":      {head + "policies: [team-a.yaml]\ntests: [{name: a, object: stored.yaml, expect: Denied}, {name: a, object: stored.yaml, expect: Denied}]\n", `tests[1].name: "a" is the name of another test`},
		"nothing changes":       {head + "policies: [team-a.yaml]\ntests: [{name: a, expect: Denied}]\n", "tests[0]: has neither object nor old"},
		"groups without a user": {head + "policies: [team-a.yaml]\ntests: [{name: a, groups: [b], object: stored.yaml, expect: Denied}]\n", "tests[0].groups: there is no user"},
		"a missing policy file": {head + "policies: [b.yaml]\n" + test, "open dir/b.yaml"},
		"an unknown family":     {head + "policies: [team-a.yaml]\nipFamilies: ipv5\n" + test, `"ipv5" is unknown`},
		"nothing of the kind":   {"kind: Pod\n", "found no FlowExportPolicyTest"},
	} {
		t.Run(name, func(t *testing.T) {
			cases, problems := run(t, memory{"dir/suite.yaml": c.text}, "dir/suite.yaml")
			if len(cases) > 0 || !strings.Contains(problems, c.want) {
				t.Errorf("want %q, got %d tests and %q", c.want, len(cases), problems)
			}
		})
	}
}

func TestOtherFilesAreIgnored(t *testing.T) {
	files := memory{"dir/suite.yaml": suite("  object: stored.yaml\n  user: mary\n  expect: Accepted\n")}
	cases, problems := run(t, files, "dir/team-a.yaml", "dir/stored.yaml", "dir/suite.yaml")
	if problems != "" || len(cases) != 1 || !cases[0].Passed() {
		t.Errorf("%v, %s", cases, problems)
	}
}
