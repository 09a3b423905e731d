package removal

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
)

// policies are a collector that everyone but the security team must keep, and a team that may
// remove only its own.
const policies = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: siem}
spec:
  exempt: [{kind: Group, name: security}]
  required: [{format: IPFIX, collector: "10.0.0.5:4739"}]
---
apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: team-a}
spec:
  subjects: [{kind: Group, name: team-a}]
  allow: [{destinations: [10.20.0.0/16]}]
  removal: OnlyAllowed
`

// The stored objects: with the required collector, and with the team's only.
const (
	required = `{"ipfix":{"collectors":["10.0.0.5:4739"]}}`
	ofTeamA  = `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`
	ofOthers = `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`
)

// conditions are what happens to the webhook. Each returns what makes it work again.
func conditions() map[string]func(t *testing.T) (restore func()) {
	return map[string]func(t *testing.T) func(){
		"healthy": func(*testing.T) func() { return func() {} },
		"hung": func(t *testing.T) func() {
			t.Helper()
			signal(t, syscall.SIGSTOP)
			return func() { signal(t, syscall.SIGCONT) }
		},
		"killed": func(t *testing.T) func() {
			t.Helper()
			if err := shared.stop(); err != nil {
				t.Fatal(err)
			}
			return func() {
				if err := shared.start(context.WithoutCancel(t.Context())); err != nil {
					t.Fatal(err)
				}
			}
		},
		"absent": func(t *testing.T) func() {
			t.Helper()
			must(t, cluster.Admin, "", "delete", "validatingwebhookconfiguration,mutatingwebhookconfiguration", "sluice")
			return func() {
				if err := shared.RegisterUnguarded(context.WithoutCancel(t.Context()), shared.sluice); err != nil {
					t.Fatal(err)
				}
			}
		},
	}
}

func signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(shared.sluice.PID, s); err != nil {
		t.Fatal(err)
	}
}

// prepare installs the policies, and waits until the API server enforces them.
func prepare(t *testing.T, manifest string) {
	t.Helper()
	must(t, cluster.Admin, manifest, "apply", "-f", "-")
	t.Cleanup(func() {
		if _, err := shared.Kubectl(context.WithoutCancel(t.Context()), cluster.Admin, "delete", "flowexportpolicies", "--all"); err != nil {
			t.Error(err)
		}
	})
	if compiles() {
		must(t, cluster.Admin, "", "wait", "--for=condition=RemovalEnforced", "--timeout=60s", "flowexportpolicies", "--all")
		// Those of an earlier test can still be in force.
		if err := shared.WaitForAdmissionPolicies(t.Context()); err != nil {
			t.Fatal(err)
		}
		return
	}
	must(t, cluster.Admin, "", "wait", `--for=jsonpath={.status.conditions[?(@.type=="RemovalEnforced")].observedGeneration}=1`, "--timeout=60s", "flowexportpolicies", "--all")
}

// store makes the objects what they are before each request, as the Cluster Network Operator.
func store(t *testing.T, flows string) {
	t.Helper()
	must(t, cluster.Operator, "", "delete", "network.operator", "--all")
	must(t, cluster.Operator, "", "delete", "configmap", "-n", "openshift-network-operator", "--ignore-not-found", "ovs-flows-config")
	must(t, cluster.Operator, cluster.NetworkManifest(), "create", "-f", "-")
	must(t, cluster.Operator, "", "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":`+flows+`}}`)
	must(t, cluster.Operator, "", "create", "configmap", "-n", "openshift-network-operator", "ovs-flows-config", "--from-literal=sharedTarget=192.0.2.1:4739")
}

// refusedSoon waits until the API server refuses a request: it compiles a new admission policy within about a second.
func refusedSoon(t *testing.T, ask func() answer) {
	t.Helper()
	err := nodes.Wait(t.Context(), 2*time.Minute, func(context.Context) string {
		if a := ask(); a.code < 300 {
			return fmt.Sprintf("it passes: %d %s", a.code, a.text)
		}
		return ""
	})
	if err != nil {
		t.Fatal(err)
	}
}

// intact checks that the Network and the ConfigMap are as they were.
func intact(t *testing.T, flows string) {
	t.Helper()
	got := must(t, cluster.Admin, "", "get", "network.operator", "cluster", "-o", "jsonpath={.spec.exportNetworkFlows}")
	if strings.ReplaceAll(got, " ", "") != flows {
		t.Errorf("the Network has %s, not %s", got, flows)
	}
	if got := must(t, cluster.Admin, "", "get", "configmap", "-n", "openshift-network-operator", "ovs-flows-config", "-o", "jsonpath={.data.sharedTarget}"); got != "192.0.2.1:4739" {
		t.Errorf("the ConfigMap has %q", got)
	}
}
