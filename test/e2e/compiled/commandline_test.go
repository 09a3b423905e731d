package compiled

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

const teamA = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: team-a}
spec:
  subjects: [{kind: Group, name: team-a}]
  allow:
  - {formats: [NetFlow, IPFIX], destinations: [10.20.0.0/16], ports: ["2055-2056", "4739"]}
  deny:
  - {destinations: [10.20.99.0/24]}
  maxCollectors: 2
  removal: OnlyAllowed
---
apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: siem}
spec:
  required: [{format: IPFIX, collector: "10.0.0.5:4739"}]
---
apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: no-sflow}
spec: {enforcement: Warn, deny: [{formats: [SFlow]}]}
`

// TestTheCommandsOutputIsApplied does what the command's help says, and reads what a user
// reads then.
func TestTheCommandsOutputIsApplied(t *testing.T) {
	if notStored(t) {
		return
	}
	if shared.ipv6 {
		t.Fatal("the CRD stores IPv6 already")
	}
	file := filepath.Join(t.TempDir(), "policies.yaml")
	if err := os.WriteFile(file, []byte(teamA), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(t.Context(), shared.program, "policy", "compile", "--policy", file)
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	if n := strings.Count(stderr.String(), "sluice: differs from the webhook: "); n < 5 {
		t.Errorf("the differences are not listed:\n%s", stderr.String())
	}
	must(t, stdout.String(), "apply", "-f", "-")
	t.Cleanup(func() {
		remove := cluster.Command{User: cluster.Admin, Stdin: stdout.String(), Args: []string{"delete", "-f", "-"}}
		if _, err := shared.Must(context.WithoutCancel(t.Context()), remove); err != nil {
			t.Error(err)
		}
	})
	must(t, "", "delete", "flowexportpolicies", "--all")
	stored := flows(t, `{"ipfix":{"collectors":["10.0.0.5:4739"]},"netFlow":{"collectors":["10.30.0.1:2055"]}}`)
	if _, err := operator(t).put(t, stored, stored); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the admission policies are not in force", func(ctx context.Context) (bool, error) {
		return !patch(ctx, t, `{"netFlow":{"collectors":["10.0.0.1:1"]}}`).OK(), nil
	})
	for _, c := range []struct{ flows, want string }{
		{`{"netFlow":{"collectors":["10.30.0.1:2055","10.20.0.01:2055"]}}`, `spec.exportNetworkFlows.netFlow.collectors: "10.20.0.01:2055" has a leading zero in an octet, and ovnkube-node would not start; write the octet without it`},
		{`{"netFlow":{"collectors":["10.30.0.1:2055","10.30.0.1:2055"]}}`, `spec.exportNetworkFlows.netFlow.collectors: has a duplicate collector, which gets each record only once; remove one`},
		{`{"netFlow":{"collectors":["10.30.0.1:2055","10.20.99.1:2055","192.0.2.1:2055"]}}`, `"mary" may not send NetFlow "10.20.99.1:2055": the policy denies every format to 10.20.99.0/24 [policy team-a/deny[0]]`},
		{`{"netFlow":{"collectors":["10.30.0.1:2055","192.0.2.1:2055"]}}`, `"mary" may not send NetFlow "192.0.2.1:2055": no allow rule matches; allowed: NetFlow and IPFIX to 10.20.0.0/16, ports 2055-2056 and 4739 [policy team-a/allow]`},
		{`{"netFlow":{"collectors":["10.30.0.1:2055","10.20.0.1:2055","10.20.0.2:2055"]}}`, `would have 3 NetFlow collectors; the policy allows at most 2 [policy team-a/maxCollectors]`},
		{`{"netFlow":null}`, `"mary" may not remove NetFlow "10.30.0.1:2055": no allow rule matches it; add it back [policy team-a/removal]`},
		{`{"ipfix":null}`, `IPFIX "10.0.0.5:4739" must stay: the policy requires it; add it back [policy siem/required[0]]`},
	} {
		r := patch(t.Context(), t, c.flows)
		if r.OK() || !strings.Contains(r.All(), "denied request: "+c.want) {
			t.Errorf("%s: want %q, got\n%s", c.flows, c.want, r.All())
		}
	}
	if r := patch(t.Context(), t, `{"netFlow":{"collectors":["10.30.0.1:2055","10.20.0.1:2055"]}}`); !r.OK() {
		t.Error(r.All())
	}
}

// patch asks for a change as mary of team-a, past the webhook.
func patch(ctx context.Context, t *testing.T, flows string) cluster.Result {
	t.Helper()
	args := []string{"patch", "network.operator", "cluster", "--dry-run=server", "--type=merge", "-p", fmt.Sprintf(`{"spec":{"exportNetworkFlows":%s}}`, flows), "--as=mary"}
	for _, group := range []string{"team-a", "network-team", throughCEL} {
		args = append(args, "--as-group="+group)
	}
	r, err := shared.Run(ctx, cluster.Command{User: cluster.Admin, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
