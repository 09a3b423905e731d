package applier

import (
	"os/exec"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

func TestAnAgentWritesOnlyTheReportOfItsOwnNode(t *testing.T) {
	reset(t)
	t.Cleanup(func() {
		reset(t)
		kubectl(t, "delete", "node", "node-a", "node-b")
	})
	for _, name := range []string{"node-a", "node-b"} {
		if err := shared.AddNode(t.Context(), name, ""); err != nil {
			t.Fatal(err)
		}
	}
	kubeconfig, err := shared.AgentKubeconfig(t.Context(), "node-a", "")
	if err != nil {
		t.Fatal(err)
	}
	assets, err := cluster.Assets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	as := func(stdin string, args ...string) (string, bool) {
		cmd := exec.CommandContext(t.Context(), assets+"/kubectl", append([]string{"--kubeconfig=" + kubeconfig}, args...)...)
		cmd.Stdin = strings.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		return string(out), err == nil
	}
	object := func(name string) string {
		return "apiVersion: sluice.dev/v1alpha1\nkind: NodeFlowExport\nmetadata: {name: " + name + "}\n"
	}
	applies := []string{"apply", "--server-side", "--field-manager=sluice-agent", "-f", "-"}
	if out, ok := as(object("node-a"), applies...); !ok {
		t.Errorf("its own: %s", out)
	}
	const foreign = "may write only the NodeFlowExport of this name, not node-b"
	if out, ok := as(object("node-b"), applies...); ok || !strings.Contains(out, foreign) {
		t.Errorf("another node's, created: %s", out)
	}
	kubectl(t, "create", "--save-config=false", "-f", writeFile(t, object("node-b")))
	if out, ok := as(object("node-b")+"status: {mode: Observe}\n", "apply", "--server-side", "--subresource=status", "--field-manager=sluice-agent", "-f", "-"); ok || !strings.Contains(out, foreign) {
		t.Errorf("another node's status: %s", out)
	}
	if out, ok := as("apiVersion: sluice.dev/v1alpha1\nkind: NodeFlowExport\nmetadata: {name: node-b, labels: {a: b}}\n", applies...); ok || !strings.Contains(out, foreign) {
		t.Errorf("another node's labels: %s", out)
	}
	lease := func(name, holder string) string {
		return "apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {name: " + name + ", namespace: sluice-agent}\nspec: {holderIdentity: " + holder + "}\n"
	}
	if out, ok := as(lease("node-a", "node-a"), applies...); !ok {
		t.Errorf("its own Lease: %s", out)
	}
	const another = "may write only the Lease of this name, not node-b"
	if out, ok := as(lease("node-b", "node-a"), applies...); ok || !strings.Contains(out, another) {
		t.Errorf("another node's Lease, created: %s", out)
	}
	kubectl(t, "create", "--save-config=false", "-f", writeFile(t, lease("node-b", "node-b")))
	if out, ok := as(lease("node-b", "node-a"), append(applies, "--force-conflicts")...); ok || !strings.Contains(out, another) {
		t.Errorf("another node's Lease: %s", out)
	}
	kubectl(t, "delete", "--namespace=sluice-agent", "lease", "node-a", "node-b")
	for _, forbidden := range [][]string{
		{"delete", "--namespace=sluice-agent", "lease", "node-a"},
		{"get", "--namespace=sluice-agent", "leases"},
		{"delete", "nodeflowexport", "node-a"},
		{"get", "secrets", "-A"},
		{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"logLevel":"Debug"}}`},
		{"get", "configmaps", "-n", "openshift-network-operator"},
	} {
		if out, ok := as("", forbidden...); ok || !strings.Contains(strings.ToLower(out), "forbidden") {
			t.Errorf("%v: %s", forbidden, out)
		}
	}
}

func TestATokenThatNamesNoNodeIsRefused(t *testing.T) {
	reset(t)
	token := strings.TrimSpace(kubectl(t, "create", "token", "sluice-agent", "--namespace="+cluster.AgentNamespace))
	assets, err := cluster.Assets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), assets+"/kubectl", "--server=https://"+strings.TrimPrefix(shared.Config.Host, "https://"), "--insecure-skip-tls-verify",
		"--token="+token, "apply", "--server-side", "--field-manager=sluice-agent", "-f", "-")
	cmd.Env = []string{"HOME=" + t.TempDir(), "KUBECONFIG=/dev/null"}
	cmd.Stdin = strings.NewReader("apiVersion: sluice.dev/v1alpha1\nkind: NodeFlowExport\nmetadata: {name: node-a}\n")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "names no node") {
		t.Errorf("kubectl said: %s", out)
	}
}

func TestTheReportGoesWithTheNode(t *testing.T) {
	f := newFleet(t, "node-a")
	startAgent(t, f, f.Nodes[0])
	report := hasCondition(t, "node-a", "Applied", "True", "")
	uid := kubectl(t, "get", "node", "node-a", "-o", "jsonpath={.metadata.uid}")
	if owners := report.OwnerReferences; len(owners) != 1 || owners[0].Kind != "Node" || string(owners[0].UID) != uid {
		t.Errorf("owned by %+v, not by the node %s", owners, uid)
	}
	if columns := kubectl(t, "get", "nfe"); !strings.Contains(columns, "Enforce") || !strings.Contains(columns, "off") {
		t.Errorf("kubectl get nfe:\n%s", columns)
	}
	kubectl(t, "wait", "--for=condition=Applied", "--timeout=60s", "nodeflowexport/node-a")
}
