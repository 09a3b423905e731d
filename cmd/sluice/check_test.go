package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/cmd/internal/exit"
	"sluice/cmd/sluice/internal/report"
)

const (
	goodPatch  = "spec: {exportNetworkFlows: {netFlow: {collectors: [192.0.2.1:2055]}}}\n"
	badPatch   = "spec: {exportNetworkFlows: {netFlow: {collectors: [192.0.2.1]}}}\n"
	messyPatch = "spec: {exportNetworkFlows: {netFlow: {collectors: [192.0.2.1:02055]}}}\n"
	localPatch = "spec: {exportNetworkFlows: {netFlow: {collectors: [127.0.0.1:2055]}}}\n"
	ipv6Patch  = "spec: {exportNetworkFlows: {ipfix: {collectors: ['[2001:db8::1]:4739']}}}\n"
)

// ran is what one run of a command printed, and its exit status.
type ran struct {
	stdout, stderr string
	code           int
}

func runCheck(t *testing.T, stdin string, args ...string) ran {
	t.Helper()
	return run(t, stdin, append([]string{"check"}, args...)...)
}

func run(t *testing.T, stdin string, args ...string) ran {
	t.Helper()
	root := newRootCommand(func(string) string { return "" })
	var stdout, stderr bytes.Buffer
	root.SetIn(strings.NewReader(stdin))
	root.SetOut(&stdout)
	root.SetErr(&stderr)
	root.SetArgs(args)
	err := root.ExecuteContext(t.Context())
	r := ran{stdout: stdout.String()}
	var printed bytes.Buffer
	r.code = exit.Status(err, "sluice", &printed)
	stderr.WriteString(strings.TrimPrefix(printed.String(), "sluice: "))
	r.stderr = stderr.String()
	return r
}

func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestKustomizations(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"base/kustomization.yaml":   "resources: [network.yaml]\n",
		"base/network.yaml":         "apiVersion: operator.openshift.io/v1\nkind: Network\nmetadata: {name: cluster}\n" + goodPatch,
		"over/kustomization.yaml":   "resources: [../base]\npatches:\n- target: {kind: Network}\n  patch: |\n    - op: add\n      path: /spec/exportNetworkFlows/ipfix\n      value: {collectors: ['10.0.0.01:4739']}\n",
		"broken/kustomization.yaml": "resources: [none.yaml]\n",
	})
	for _, c := range []struct {
		args string
		want ran
	}{
		{"--kustomize base", ran{`base (rendered):1: Network "cluster": accepted`, "", 0}},
		{"--kustomize base --kustomize over", ran{"over (rendered):9:", "", 1}},
		{"over --fail-on=warning", ran{"1 not judged", "over/kustomization.yaml:1: not judged: a kustomization: what it changes is known only after it is rendered; check what it renders to: sluice check --kustomize DIR", 1}},
		{"--kustomize broken", ran{"", "kustomize broken: ", 2}},
	} {
		t.Run(c.args, func(t *testing.T) {
			t.Chdir(dir)
			got := runCheck(t, "", strings.Fields(c.args)...)
			if got.code != c.want.code || !strings.Contains(got.stdout, c.want.stdout) || !strings.Contains(got.stderr, c.want.stderr) {
				t.Errorf("status %d\nstdout: %s\nstderr: %s\nwant %+v", got.code, got.stdout, got.stderr, c.want)
			}
		})
	}
}

// A tenant keeps only its own part in a file: what others applied stays.
func TestAnObjectIsApplied(t *testing.T) {
	const policies = "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportPolicy\nmetadata: {name: team-a}\nspec:\n  subjects: [{kind: Group, name: team-a}]\n  allow: [{destinations: [10.20.0.0/16]}]\n  removal: OnlyAllowed\n  required: [{format: IPFIX, collector: '10.0.0.5:4739'}]\n"
	const head = "apiVersion: operator.openshift.io/v1\nkind: Network\nmetadata: {name: cluster}\n"
	dir := writeFiles(t, map[string]string{
		"policy.yaml": policies,
		"old.yaml":    head + "spec: {exportNetworkFlows: {ipfix: {collectors: ['10.0.0.5:4739']}}}\n",
		"team.yaml":   head + "spec: {exportNetworkFlows: {netFlow: {collectors: ['10.20.0.1:2055']}}}\n",
	})
	const as = "--policy policy.yaml --as mary --as-group team-a team.yaml "
	for _, c := range []struct {
		args string
		want ran
	}{
		{"--old old.yaml " + as, ran{`Network "cluster": accepted`, "", 0}},
		{"--old old.yaml --how replace " + as, ran{`Network "cluster": denied`, "", 1}},
		{as, ran{"is missing: the policy requires it", "without --old, each file counts as a new object", 1}},
	} {
		t.Run(c.args, func(t *testing.T) {
			t.Chdir(dir)
			got := runCheck(t, "", strings.Fields(c.args)...)
			if got.code != c.want.code || !strings.Contains(got.stdout, c.want.stdout) || !strings.Contains(got.stderr, c.want.stderr) {
				t.Errorf("status %d\nstdout: %s\nstderr: %s\nwant %+v", got.code, got.stdout, got.stderr, c.want)
			}
		})
	}
}

func TestCheckExitStatus(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"good.yaml": goodPatch, "bad.yaml": badPatch, "messy.yaml": messyPatch, "local.yaml": localPatch,
		"broken.yaml": "exportNetworkFlows: [", "left.yaml": "a: [", "other.yaml": "kind: Pod\n", "six.yaml": ipv6Patch,
		"stored.yaml": "{apiVersion: operator.openshift.io/v1, kind: Network, metadata: {name: cluster}, " + strings.TrimSpace(badPatch) + "}",
	})
	for _, c := range []struct {
		args  string
		stdin string
		want  ran // parts of the output
	}{
		{"good.yaml", "", ran{"good.yaml:1: Patch: accepted\n1 document: 1 accepted\n", "", 0}},
		{"-f good.yaml -f messy.yaml", "", ran{"2 documents: 1 accepted, 1 normalized", "", 0}},
		{"bad.yaml", "", ran{`bad.yaml:1:52: error: spec.exportNetworkFlows.netFlow.collectors[0]: "192.0.2.1": `, "", 1}},
		{"", goodPatch, ran{"<stdin>:1: Patch: accepted", "", 0}},
		{"-", badPatch, ran{"<stdin>:1: Patch: rejected", "", 1}},
		{"local.yaml", "", ran{"[sluice/loopback]", "", 0}},
		{"local.yaml --fail-on warning", "", ran{"[sluice/loopback]", "", 1}},
		{"good.yaml --fail-on=warning", "", ran{"accepted", "", 0}},
		{"messy.yaml --normalization reject", "", ran{"rejected", "", 1}},
		{"six.yaml", "", ran{"[sluice/ipv6]", "", 1}},
		{"six.yaml --ip-families=ipv4,ipv6", "", ran{"accepted", "", 0}},
		{"bad.yaml --old stored.yaml", "", ran{`Patch "cluster": accepted`, "", 0}},
		{"bad.yaml --old -", "", ran{"", "bad.yaml:1: <stdin> has no Network to patch", 2}},
		{"other.yaml", "", ran{"no documents", "nothing was checked; if that is no error, use --allow-nothing", 2}},
		{"other.yaml --allow-nothing", "", ran{"no documents", "found no Network of operator.openshift.io", 0}},
		{"-", "", ran{"no documents", "nothing was checked", 2}},
		{"-", "Error: chart not found\n", ran{"no documents", "nothing was checked", 2}},
		{"left.yaml good.yaml", "", ran{"good.yaml:1: Patch: accepted", "left out left.yaml: it can't be read, and names neither", 0}},
		{"left.yaml", "", ran{"no documents", "left out left.yaml", 2}},
		{"broken.yaml bad.yaml", "", ran{"bad.yaml:1: Patch: rejected", "broken.yaml:1: not valid YAML", 2}},
		{"none.yaml", "", ran{"", "none.yaml: no such file or directory", 2}},
		{"good.yaml --color always", "", ran{"\x1b[32maccepted\x1b[0m", "", 0}},
		{"good.yaml --color sometimes", "", ran{"", `--color: "sometimes" is unknown; use auto, always or never`, 2}},
		{"good.yaml -o toml", "", ran{"", `--output: "toml" is unknown; use text, json, yaml, sarif, junit or github`, 2}},
		{"good.yaml --fail-on x", "", ran{"", `--fail-on: "x" is unknown; use error or warning`, 2}},
		{"good.yaml --normalization x", "", ran{"", `--normalization: "x" is unknown; use mutate or reject`, 2}},
		{"good.yaml --ip-families x", "", ran{"", `--ip-families: "x" is unknown; use ipv4 or ipv4,ipv6`, 2}},
		{"good.yaml --old none.yaml", "", ran{"", "old objects: open none.yaml", 2}},
		{"good.yaml --nope x", "", ran{"", `unknown flag "--nope"; see: sluice check --help`, 2}},
		{"- --fix", goodPatch, ran{"", "--fix can't rewrite standard input", 2}},
		{"- --old -", goodPatch, ran{"", "--old and the objects to check can't both be standard input", 2}},
	} {
		t.Run(c.args, func(t *testing.T) {
			t.Chdir(dir)
			got := runCheck(t, c.stdin, strings.Fields(c.args)...)
			if got.code != c.want.code || !strings.Contains(got.stdout, c.want.stdout) || !strings.Contains(got.stderr, c.want.stderr) || (got.stderr == "") != (c.want.stderr == "") {
				t.Errorf("status %d\nstdout: %s\nstderr: %s\nwant %+v", got.code, got.stdout, got.stderr, c.want)
			}
			if c.args == "none.yaml" && got.stdout != "" {
				t.Errorf("a verdict on what could not be read: %s", got.stdout)
			}
		})
	}
}

func TestCheckFix(t *testing.T) {
	dir := writeFiles(t, map[string]string{"messy.yaml": "# ours\n" + messyPatch, "good.yaml": goodPatch})
	t.Chdir(dir)
	got := runCheck(t, "", "--fix", "--fail-on=warning", ".")
	want := ran{
		stdout: "good.yaml:1: Patch: accepted\nmessy.yaml:2: Patch: accepted\n2 documents: 2 accepted\n",
		stderr: "sluice: rewrote messy.yaml\n",
	}
	if head, _, _ := strings.Cut(got.stderr, "  line 2: "); got.stdout != want.stdout || head != want.stderr || got.code != 0 {
		t.Errorf("status %d\nstdout: %s\nstderr: %s", got.code, got.stdout, got.stderr)
	}
	text, err := os.ReadFile("messy.yaml")
	if diff := cmp.Diff("# ours\n"+goodPatch, string(text)); diff != "" || err != nil {
		t.Errorf("error %v, file (-want +got):\n%s", err, diff)
	}
}

func TestCheckOutputs(t *testing.T) {
	for _, format := range report.Formats() {
		if got := runCheck(t, badPatch, "-o", string(format)); !strings.Contains(got.stdout, "missing-port") || got.code != 1 {
			t.Errorf("%s: status %d, printed %s", format, got.code, got.stdout)
		}
	}
	var out struct {
		Summary struct{ Rejected int }
	}
	if err := json.Unmarshal([]byte(runCheck(t, badPatch, "-ojson").stdout), &out); err != nil || out.Summary.Rejected != 1 {
		t.Errorf("summary %+v, error %v", out, err)
	}
}

func TestCheckWithoutInput(t *testing.T) {
	// The null device is not a terminal, but it never has any content either.
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	command := newCheckCommand(func(string) string { return "" })
	command.SetIn(null)
	command.SetArgs(nil)
	command.SilenceErrors, command.SilenceUsage = true, true
	err = command.ExecuteContext(t.Context())
	if known, ok := errors.AsType[exit.Error](err); !ok || known.Status != exit.Incomplete || known.Err == nil {
		t.Errorf("error is %v", err)
	}
}

// The schema of the CRD can't express these rules, so the API server stores such policies.
func TestInvalidPoliciesThatTheSchemaAcceptsAreRejected(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"good.yaml": goodPatch,
		"bits.yaml": "{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: p}, spec: {allow: [{destinations: [10.20.0.1/16]}]}}",
		"form.yaml": `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: p}, spec: {required: [{format: IPFIX, collector: "[2001:0db8::1]:4739"}]}}`,
	})
	for file, want := range map[string]string{
		"bits.yaml": `bits.yaml: FlowExportPolicy p: spec.allow[0].destinations[0]: "10.20.0.1/16" names an address, not a network; write 10.20.0.0/16`,
		"form.yaml": `form.yaml: FlowExportPolicy p: spec.required[0].collector: "[2001:0db8::1]:4739" is not a collector in canonical form`,
	} {
		path := filepath.Join(dir, file)
		for _, args := range [][]string{
			{"check", "--policy", path, "--as", "mary", filepath.Join(dir, "good.yaml")},
			{"policy", "explain", "--policy", path, "--as", "mary"},
			{"policy", "compile", "--policy", path},
		} {
			if r := run(t, "", args...); r.code != 2 || !strings.Contains(r.stderr, want) {
				t.Errorf("%s: exit status %d: %s", args, r.code, r.stderr)
			}
		}
	}
}
