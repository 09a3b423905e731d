package applier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
)

// plugin runs "kubectl sluice" as kubectl does and returns what it printed and its status.
func plugin(t *testing.T, stdin string, args ...string) (out string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), pluginProgram, append([]string{"--kubeconfig=" + shared.Kubeconfig(cluster.Admin)}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return b.String(), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), 0
}

// pluginWith runs the plugin with an environment.
func pluginWith(t *testing.T, environment []string, args ...string) (out string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), pluginProgram, args...)
	cmd.Env = environment
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

func expect(t *testing.T, out string, code, wantCode int, want ...string) {
	t.Helper()
	if code != wantCode {
		t.Errorf("status %d, not %d", code, wantCode)
	}
	for _, w := range want {
		if !strings.Contains(out, w) {
			t.Errorf("it does not say %q", w)
		}
	}
	if t.Failed() {
		t.Logf("it printed:\n%s", out)
	}
}

func TestStatusShowsAllNodesAtAGlance(t *testing.T) {
	f := newFleet(t, "node-a", "node-b")
	_, target := listen(t, f, false)
	out, code := plugin(t, "", "status")
	expect(t, out, code, 0, "No agent has reported; Sluice applies nothing.")

	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	for _, n := range f.Nodes {
		startAgent(t, f, n)
	}
	for _, n := range f.Nodes {
		hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	}
	out, code = plugin(t, "", "status")
	expect(t, out, code, 0, "NetFlow  "+target, "2 of 2 nodes are up to date, 2 export to all collectors.", "node-a  Enforce  True")
	if strings.Contains(out, "Problems") || strings.Contains(out, "\x1b") {
		t.Errorf("a problem, or colors in a pipe:\n%s", out)
	}
	out, code = plugin(t, "", "status", "--node=node-b", "-o", "wide", "--color=always")
	expect(t, out, code, 0, "node-b  NetFlow  "+target+"  Idle", "\x1b[32mTrue")
	if strings.Contains(out, "node-a") {
		t.Errorf("another node:\n%s", out)
	}
	out, code = plugin(t, "", "status", "-o", "json")
	var report struct {
		Summary struct{ Nodes, Applied int }
		Items   []struct{ Metadata struct{ Name string } }
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != 0 || report.Summary.Applied != 2 || len(report.Items) != 2 {
		t.Errorf("status %d, %v:\n%s", code, err, out)
	}
	f.Nodes[0].StopDatabase()
	hasCondition(t, "node-a", "OVSReachable", "False", "SocketMissing")
	out, code = plugin(t, "", "status")
	expect(t, out, code, 1, "1 of 2 nodes are up to date", "node-a: SocketMissing", "is ovsdb-server running")
}

func TestStatusWatchPrintsWhatChanges(t *testing.T) {
	f := newFleet(t, "node-a")
	_, target := listen(t, f, false)
	startAgent(t, f, f.Nodes[0])
	hasCondition(t, "node-a", "Applied", "True", "NothingConfigured")
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, pluginProgram, "--kubeconfig="+shared.Kubeconfig(cluster.Admin), "status", "-w")
	out := &nodes.Buffer{}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	says := func(text string) {
		t.Helper()
		eventually(t, func(context.Context) string {
			if strings.Contains(out.String(), text) {
				return ""
			}
			return "it did not say " + text + ":\n" + out.String()
		})
	}
	says("1 of 1 node is up to date")
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	says("1 idle")
	stop()
	if err := cmd.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("after an interrupt: %v", err)
	}
}

func TestVerifyProvesThatRecordsLeave(t *testing.T) {
	f := newFleet(t, "node-a", "node-b")
	apply(t, fastProfile)
	_, target := listen(t, f, false)
	list := `{"collectors":["` + target + `"]}`
	export(t, `{"netFlow":`+list+`,"ipfix":`+list+`}`)
	for _, n := range f.Nodes {
		startAgent(t, f, n)
		hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for _, n := range f.Nodes {
		go func() {
			for ctx.Err() == nil {
				_ = n.Send(ctx, 4) // the test ends it
				_ = nodes.Wait(ctx, 200*time.Millisecond, func(context.Context) string { return "time passes" })
			}
		}()
	}
	out, code := plugin(t, "", "verify", "--timeout=60s")
	expect(t, out, code, 0, "each of 2 nodes", "node-a  NetFlow", "node-b  IPFIX", "ok")
	for _, n := range f.Nodes {
		eventually(t, func(context.Context) string {
			if got := rows(t, n); strings.Contains(got, "127.0.0.1:") {
				return "the collector is a target still: " + got
			}
			return ""
		})
	}
	stop()
	export(t, `null`)
	hasCondition(t, "node-a", "Applied", "True", "NothingConfigured")
	out, code = plugin(t, "", "verify", "--timeout=20s", "--node=node-a")
	expect(t, out, code, 0, "skipped: no collectors are configured")
	out, code = plugin(t, "", "verify", "--timeout=20s", "--node=node-a", "-o", "json")
	expect(t, out, code, 0, `"apiVersion": "cli.sluice.dev/v1alpha1"`, `"kind": "VerificationReport"`, `"result": "Off"`)
}

func TestPlanShowsWhatWouldChange(t *testing.T) {
	f := newFleet(t, "node-a", "node-b")
	export(t, `{"netFlow":{"collectors":["192.168.1.98:2055"]},"ipfix":{"collectors":["192.168.1.98:4739"]}}`)
	for _, n := range f.Nodes {
		startAgent(t, f, n)
	}
	for _, n := range f.Nodes {
		hasCondition(t, n.Name, "Applied", "True", "InSync")
	}
	out, code := plugin(t, "", "plan", "--exit-code")
	expect(t, out, code, 0, "node-a, node-b:\n  no changes")
	const patch = "spec:\n  exportNetworkFlows:\n    netFlow:\n      collectors: [192.168.1.99:2055]\n    ipfix: null\n    sFlow: {collectors: [\"192.168.1.99:6343\"]}\n"
	out, code = plugin(t, patch, "plan", "-f", "-")
	expect(t, out, code, 0, "node-a, node-b:", `targets: ["192.168.1.98:2055"] -> ["192.168.1.99:2055"]`, "create sFlow", "clear IPFIX")
	out, code = plugin(t, patch, "plan", "-f", "-", "--exit-code", "-o", "json")
	expect(t, out, code, 1, `"kind": "PlanReport"`, `"node": "node-a"`)
	profile := "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: x}\nspec: {nodeSelector: {matchLabels: {kubernetes.io/hostname: node-a}}, ipfix: {sampling: 100}}\n"
	out, code = plugin(t, profile, "plan", "-f", "-")
	expect(t, out, code, 0, "sampling: 400 -> 100", "node-b:\n  no changes")
	out, code = plugin(t, strings.ReplaceAll(patch, "192.168.1.99:2055", "10.0.0.01:2055"), "plan", "-f", "-")
	expect(t, out, code, 1, "skipped:", "10.0.0.1:2055")

	planAsksTheAPIServer(t, patch)

	// The same without a cluster, on the node itself.
	n := f.Nodes[0]
	local := func(args ...string) string {
		cmd := n.Command(t.Context(), agentProgram, append([]string{"plan", "-f", "-", "--ovs-db=unix:" + n.Socket()}, args...)...)
		cmd.Stdin = strings.NewReader(patch)
		text, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("sluice plan: %v\n%s", err, text)
		}
		return string(text)
	}
	expect(t, local(), 0, 0, "create sFlow", "clear IPFIX")
	expect(t, local("-o", "argv"), 0, 0, "ovs-vsctl --db=unix:", "wait-until Bridge br-int", `'targets=["192.168.1.99:2055"]'`)
}

// planAsksTheAPIServer: a plan is about what the API server would store, not about the file.
func planAsksTheAPIServer(t *testing.T, patch string) {
	t.Helper()
	const kind = "apiVersion: admissionregistration.k8s.io/v1\nkind: "
	apply(t, kind+`ValidatingAdmissionPolicy
metadata: {name: no-ipfix-removal}
spec:
  failurePolicy: Fail
  matchConstraints: {resourceRules: [{apiGroups: [operator.openshift.io], apiVersions: [v1], operations: [UPDATE], resources: [networks]}]}
  matchConditions: [{name: dry-runs, expression: "request.dryRun"}]
  validations: [{expression: "has(object.spec.exportNetworkFlows.ipfix)", message: the SIEM needs IPFIX}]
---
`+kind+`ValidatingAdmissionPolicyBinding
metadata: {name: no-ipfix-removal}
spec: {policyName: no-ipfix-removal, validationActions: [Deny]}
`)
	t.Cleanup(func() {
		kubectl(t, "delete", "validatingadmissionpolicy,validatingadmissionpolicybinding", "no-ipfix-removal")
	})
	eventually(t, func(context.Context) string {
		if out, code := plugin(t, patch, "plan", "-f", "-"); code != 1 || !strings.Contains(out, "the API server would refuse the lists: ") || !strings.Contains(out, "the SIEM needs IPFIX") {
			return "not refused: " + out
		}
		return ""
	})
	kubectl(t, "apply", "-f", "../../../manifests/base/viewer-rbac.yaml")
	kubectl(t, "create", "clusterrolebinding", "planner", "--clusterrole=sluice-view", "--user=planner")
	t.Cleanup(func() { kubectl(t, "delete", "clusterrolebinding", "planner") })
	eventually(t, func(context.Context) string {
		out, code := plugin(t, patch, "plan", "-f", "-", "--as=planner")
		if code != 0 || !strings.Contains(out, "planned from the file: you may not patch network.operator/cluster") || !strings.Contains(out, "clear IPFIX") {
			return "not planned from the file: " + out
		}
		return ""
	})
}

func TestThePluginSaysWhatIsWrongWithItsUse(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"an unknown output":  {[]string{"status", "-o", "xml"}, "use text, wide, json or yaml"},
		"an unknown node":    {[]string{"verify", "--node=nowhere"}, "node nowhere has no NodeFlowExport"},
		"too long a timeout": {[]string{"verify", "--timeout=1h"}, "from 1s to 10m"},
		"a missing file":     {[]string{"plan", "-f", "/nonexistent"}, "no such file"},
		"no server":          {[]string{"status", "--server=https://127.0.0.1:1"}, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			out, code := plugin(t, "", c.args...)
			expect(t, out, code, 2, "kubectl sluice: ", c.want)
		})
	}
}

// TestTheViewRoleSuffices: a user with sluice-view alone sees what the administrator sees.
func TestTheViewRoleSuffices(t *testing.T) {
	f := newFleet(t, "node-a")
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, f.Nodes[0])
	hasCondition(t, "node-a", "Exporting", "True", "SocketsOpen")
	kubectl(t, "apply", "-f", "../../../manifests/base/viewer-rbac.yaml")
	kubectl(t, "create", "clusterrolebinding", "watches", "--clusterrole=sluice-view", "--user=watcher")
	for _, command := range [][]string{{"status", "-o", "wide", "--no-headers"}, {"plan", "--exit-code"}} {
		eventually(t, func(context.Context) string {
			want, wantCode := plugin(t, "", command...)
			out, code := plugin(t, "", append([]string{"--as=watcher"}, command...)...)
			if out != want || code != wantCode || code != 0 {
				return strings.Join(command, " ") + " of watcher:\n" + out + "of admin:\n" + want
			}
			return ""
		})
	}
}

// TestNodesWithoutAnAgentByIntention count for nothing.
func TestNodesWithoutAnAgentByIntention(t *testing.T) {
	f := newFleet(t, "node-a", "node-w")
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, f.Nodes[0])
	hasCondition(t, "node-a", "Exporting", "True", "SocketsOpen")
	kubectl(t, "label", "node", "node-w", "kubernetes.io/os=windows")
	out, code := plugin(t, "", "status")
	expect(t, out, code, 0, "1 of 1 node is up to date", "1 more has no agent by intention")
	out, code = plugin(t, "", "status", "--node=node-w")
	expect(t, out, code, 1, "node-w: OutOfScope: no agent is to run on this node")
	out, code = plugin(t, "", "status", "--node=node-b")
	expect(t, out, code, 1, "node-b: NoNode: there is no Node of this name")
}
