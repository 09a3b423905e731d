package install

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
)

// lostReplica is the Lease of a replica that does not renew it.
const lostReplica = `{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: replica-lost, namespace: sluice-system, labels: {sluice.dev/replica: webhook}}, spec: {leaseDurationSeconds: 1}}`

// everything has the webhook and an agent do all that they do.
func everything(t *testing.T, o *cluster.Overlay) {
	t.Helper()
	openReports(t)
	t.Cleanup(func() { // when nobody writes them any more
		if _, err := shared.Kubectl(context.Background(), cluster.Admin, "delete", "--ignore-not-found", "nfe/worker-a", "clusterreport/sluice", "node/worker-a"); err != nil {
			t.Error(err)
		}
	})
	_, replica := serve(t, o, arguments(t, o, "Deployment"))
	if err := shared.WaitRefused(t.Context(), "192.0.2.1", "sluice/missing-port"); err != nil {
		t.Fatal(err)
	}
	must(t, `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: inside}, spec: {allow: [{destinations: [10.0.0.0/8]}]}}`, "apply", "-f", "-")
	t.Cleanup(func() {
		if _, err := shared.Kubectl(context.Background(), cluster.Admin, "delete", "fep", "inside"); err != nil {
			t.Error(err)
		}
	})
	must(t, "", "wait", "--for=condition=Enforced", "--timeout=60s", "fep/inside")
	must(t, `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportProfile, metadata: {name: plain}, spec: {}}`, "apply", "-f", "-")
	t.Cleanup(func() {
		if _, err := shared.Kubectl(context.Background(), cluster.Admin, "delete", "fxp", "plain"); err != nil {
			t.Error(err)
		}
	})
	must(t, "", "wait", "--for=jsonpath={.status.observedGeneration}=1", "--timeout=60s", "fxp/plain")
	must(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: ovs-flows-config, namespace: openshift-network-operator}, data: {sharedTarget: "10.0.0.9:4739"}}`, "apply", "-f", "-")
	t.Cleanup(func() {
		if _, err := shared.Kubectl(context.Background(), cluster.Admin, "-n", "openshift-network-operator", "delete", "--ignore-not-found", "configmap", "ovs-flows-config"); err != nil {
			t.Error(err)
		}
	})

	// Two denials are an Event and one that is counted up.
	for range 2 {
		r, err := shared.Kubectl(t.Context(), cluster.NetAdmin, "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["192.0.2.7:2055"]}}}}`)
		if err != nil || !strings.Contains(r.All(), "inside/allow") {
			t.Fatalf("%v: %s", err, r.All())
		}
	}
	// What is stored by the operator stands against the policy: the status and the report change.
	asOperator(t, "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["192.0.2.7:2055"]}}}}`)
	must(t, "", "wait", "--for=condition=Compliant=False", "--timeout=60s", "fep/inside")

	keepsAdmissionPolicies(t)
	acceptsAFlowExport(t)

	// A token that can't be used is replaced.
	must(t, "", "-n", "sluice-system", "patch", "secret", "sluice-webhook-path", "--type=merge", "-p", `{"data":{"token":""}}`)
	eventually(t, func() string {
		if must(t, "", "-n", "sluice-system", "get", "secret", "sluice-webhook-path", "-o", "jsonpath={.data.token}").Stdout == "" {
			return "there is no new token"
		}
		return ""
	})

	// An authority that can't be used is replaced in its Secret.
	before := must(t, "", "-n", "sluice-system", "get", "secret", "sluice-webhook-ca", "-o", "jsonpath={.data}").Stdout
	must(t, "", "-n", "sluice-system", "patch", "secret", "sluice-webhook-ca", "--type=merge", "-p", `{"data":{"ca.crt":""}}`)
	eventually(t, func() string {
		if must(t, "", "-n", "sluice-system", "get", "secret", "sluice-webhook-ca", "-o", `jsonpath={.data.ca\.crt}`).Stdout == "" {
			return "the authority is not replaced; it was made from " + fmt.Sprint(len(before)) + " bytes"
		}
		return ""
	})

	// The Lease of a replica that is lost is deleted when it ends, and a replica that ends deletes its own.
	must(t, lostReplica, "create", "-f", "-")
	eventually(t, func() string {
		return must(t, "", "-n", "sluice-system", "get", "--ignore-not-found", "-o", "name", "lease/replica-lost").Stdout
	})
	if err := replica.Stop(); err != nil {
		t.Fatal(err)
	}

	agent, err := cluster.BuildAgent(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	f, err := nodes.Start(t.Context(), shared, nodes.Options{Nodes: []string{"worker-a"}, Dummy: true, Program: agent})
	t.Cleanup(func() {
		if err := f.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.StartAgent(t.Context(), f.Nodes[0]); err != nil {
		t.Fatal(err)
	}
	applied := func(reason string) func() string {
		return func() string {
			r, err := shared.Kubectl(t.Context(), cluster.Admin, "get", "nfe", "worker-a", "-o", `jsonpath={.status.conditions[?(@.type=="Applied")].reason}`)
			if err != nil || r.Stdout != reason {
				return "the agent does not report " + reason + ": " + r.All()
			}
			return ""
		}
	}
	eventually(t, applied("InSync"))
	asOperator(t, "-n", "openshift-network-operator", "delete", "configmap", "ovs-flows-config") // its collector would stay
	// The same twice is an Event and one that is counted up.
	for range 2 {
		for _, step := range [][2]string{{"null", "NothingConfigured"}, {`{"netFlow":{"collectors":["192.0.2.7:2055"]}}`, "InSync"}} {
			asOperator(t, "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":`+step[0]+`}}`)
			eventually(t, applied(step[1]))
		}
	}
}

// asOperator changes something as the Cluster Network Operator, which the webhook does not review.
func asOperator(t *testing.T, args ...string) {
	t.Helper()
	if r, err := shared.Kubectl(t.Context(), cluster.Operator, args...); err != nil || !r.OK() {
		t.Fatalf("%v: %s", err, r.All())
	}
}

// acceptsAFlowExport has the controller write the status of a FlowExport.
func acceptsAFlowExport(t *testing.T) {
	t.Helper()
	must(t, `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: tenants}, spec: {namespaces: {names: [default]}, allow: [{destinations: [10.0.0.0/8]}]}}`, "apply", "-f", "-")
	must(t, "", "wait", "--for=condition=Ready", "--timeout=60s", "fep/tenants")
	must(t, `{apiVersion: sluice.dev/v1alpha1, kind: FlowExport, metadata: {name: siem, namespace: default}, spec: {ipfix: {collectors: ["10.20.0.5:4739"]}}}`, "create", "-f", "-")
	must(t, "", "wait", "--for=condition=Accepted", "--timeout=60s", "--namespace=default", "fex/siem")
	must(t, "", "delete", "--namespace=default", "fex/siem")
	must(t, "", "delete", "fep/tenants")
}

// openReports installs OpenReports' CRD, so that the audit is shown there too.
func openReports(t *testing.T) {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/openreports/reports-api").Output()
	if err != nil {
		t.Fatal(err)
	}
	must(t, "", "apply", "--server-side", "-f", filepath.Join(strings.TrimSpace(string(dir)), "config", "crd", "openreports.io_clusterreports.yaml"))
	must(t, "", "wait", "--for=condition=Established", "--timeout=60s", "crd/clusterreports.openreports.io")
}

// compiledMinor is the minor version of the first release that stores compiled policies.
const compiledMinor = 31

// keepsAdmissionPolicies has the controller create, repair and delete its admission policies.
func keepsAdmissionPolicies(t *testing.T) {
	t.Helper()
	must(t, `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: keeping}, spec: {removal: OnlyAllowed}}`, "apply", "-f", "-")
	names := []string{"sluice-removal", "sluice-removal-networks", "sluice-removal-flows-config"}
	if shared.Minor < compiledMinor { // the API server stores no compiled policy
		eventually(t, func() string {
			if got := must(t, "", "get", "fep", "keeping", "-o", `jsonpath={.status.conditions[?(@.type=="RemovalEnforced")].reason}`).Stdout; got != "NotExpressible" {
				return "RemovalEnforced has the reason " + got
			}
			return ""
		})
		names = names[:1]
	} else {
		must(t, "", "wait", "--for=condition=RemovalEnforced", "--timeout=60s", "fep/keeping")
	}
	for _, name := range names {
		if name != "sluice-removal" { // the policy of this name is in the manifests
			must(t, "", "patch", "validatingadmissionpolicy", name, "--type=merge", "-p", `{"spec":{"failurePolicy":"Ignore"}}`)
		}
		must(t, "", "patch", "validatingadmissionpolicybinding", name, "--type=merge", "-p", `{"spec":{"validationActions":["Audit"]}}`)
		eventually(t, func() string {
			got := must(t, "", "get", "validatingadmissionpolicy,validatingadmissionpolicybinding", "-l", "app.kubernetes.io/managed-by=sluice-controller",
				"-o", "jsonpath={.items[*].spec.failurePolicy} {.items[*].spec.validationActions}").Stdout
			if strings.Contains(got, "Ignore") || strings.Contains(got, "Audit") {
				return got
			}
			return ""
		})
	}
	must(t, "", "delete", "fep", "keeping")
	const bound = "validatingadmissionpolicybinding.admissionregistration.k8s.io/sluice-removal\n"
	left := func(want string) func() string {
		return func() string {
			got := must(t, "", "get", "validatingadmissionpolicy,validatingadmissionpolicybinding", "-l", "app.kubernetes.io/managed-by=sluice-controller,app.kubernetes.io/name=sluice", "-o", "name").Stdout
			if got != want {
				return "the controller keeps " + got
			}
			return ""
		}
	}
	eventually(t, left(bound))
	// The controller does not see an object without the label, and replaces it.
	must(t, "", "label", "validatingadmissionpolicybinding", "sluice-removal", "app.kubernetes.io/name-")
	eventually(t, left(bound))
}
