package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// SystemNamespace is where the webhook runs, AgentNamespace where the agents do.
const (
	SystemNamespace = "sluice-system"
	AgentNamespace  = "sluice-agent"
)

// AgentUser is the service account of the agents.
const AgentUser = "system:serviceaccount:" + AgentNamespace + ":sluice-agent"

// InstallAgents installs what the agents need, from the manifests of the product: the
// CRDs, the service account with its rights, and the policy that binds an agent to its node.
func (c *ControlPlane) InstallAgents(ctx context.Context) error {
	root, err := Root(ctx)
	if err != nil {
		return err
	}
	for _, file := range []string{
		"agent/namespace.yaml", "crds/sluice.dev_flowexportprofiles.yaml", "crds/sluice.dev_nodeflowexports.yaml", "crds/sluice.dev_flowexports.yaml",
		"agent/rbac.yaml", "agent/admissionpolicy.yaml", "agent/verify-rbac.yaml",
	} {
		text, err := os.ReadFile(filepath.Join(root, "manifests", file))
		if err != nil {
			return fmt.Errorf("read manifest: %w", err)
		}
		if err := c.ApplyObjects(ctx, string(text)); err != nil {
			return err
		}
	}
	_, err = c.Must(ctx, Command{User: Admin, Args: []string{
		"wait", "--for=condition=Established", "--timeout=60s",
		"crd/flowexportprofiles.sluice.dev", "crd/nodeflowexports.sluice.dev", "crd/flowexports.sluice.dev",
	}})
	return err
}

// AddNode creates a Node, and the pod of the agent on it.
func (c *ControlPlane) AddNode(ctx context.Context, name, address string, labels ...string) error {
	var list strings.Builder
	for _, l := range labels {
		key, value, _ := strings.Cut(l, "=")
		fmt.Fprintf(&list, "\n    %s: %q", key, value)
	}
	manifest := fmt.Sprintf(`apiVersion: v1
kind: Node
metadata:
  name: %[1]s
  labels:
    kubernetes.io/hostname: %[1]s%[2]s
---
apiVersion: v1
kind: Pod
metadata:
  name: sluice-agent-%[1]s
  namespace: %[3]s
spec:
  nodeName: %[1]s
  serviceAccountName: sluice-agent
  containers:
  - {name: agent, image: sluice}
`, name, list.String(), AgentNamespace)
	if err := c.ApplyObjects(ctx, manifest); err != nil {
		return err
	}
	if address == "" {
		return nil
	}
	status := fmt.Sprintf(`{"status":{"addresses":[{"type":"InternalIP","address":%q}]}}`, address)
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if err := c.Client.Status().Patch(ctx, node, client.RawPatch(types.MergePatchType, []byte(status))); err != nil {
		return fmt.Errorf("give node %s an address: %w", name, err)
	}
	return nil
}

// WebhookUser is the service account of the webhook.
const WebhookUser = "system:serviceaccount:" + SystemNamespace + ":sluice-webhook"

// InstallPolicies installs what a process that serves and controls needs to enforce policies, from the
// manifests of the product: the CRD, the service account of the webhook with the rights of both
// accounts, and the role for viewers.
func (c *ControlPlane) InstallPolicies(ctx context.Context) error {
	root, err := Root(ctx)
	if err != nil {
		return err
	}
	if err := c.ApplyObjects(ctx, "apiVersion: v1\nkind: Namespace\nmetadata: {name: "+SystemNamespace+"}\n"); err != nil {
		return err
	}
	for _, file := range []string{"crds/sluice.dev_flowexportpolicies.yaml", "crds/sluice.dev_flowexports.yaml", "base/webhook-rbac.yaml", "base/controller-rbac.yaml", "base/viewer-rbac.yaml", "components/admission-policies/rbac.yaml"} {
		text, err := os.ReadFile(filepath.Join(root, "manifests", file))
		if err != nil {
			return fmt.Errorf("read manifest: %w", err)
		}
		const controller, webhook = "- kind: ServiceAccount\n  name: sluice-controller\n", "- kind: ServiceAccount\n  name: sluice-webhook\n"
		if err := c.ApplyObjects(ctx, strings.ReplaceAll(string(text), controller, webhook)); err != nil {
			return err
		}
	}
	_, err = c.Must(ctx, Command{User: Admin, Args: []string{"wait", "--for=condition=Established", "--timeout=60s", "crd/flowexportpolicies.sluice.dev", "crd/flowexports.sluice.dev"}})
	return err
}

// InstallProfiles installs the CRDs of FlowExportProfile and FlowExport from the manifests of the product.
func (c *ControlPlane) InstallProfiles(ctx context.Context) error {
	root, err := Root(ctx)
	if err != nil {
		return err
	}
	for _, name := range []string{"flowexportprofiles", "flowexports"} {
		text, err := os.ReadFile(filepath.Join(root, "manifests", "crds", "sluice.dev_"+name+".yaml"))
		if err != nil {
			return fmt.Errorf("read manifest: %w", err)
		}
		if err := c.ApplyObjects(ctx, string(text)); err != nil {
			return err
		}
	}
	_, err = c.Must(ctx, Command{User: Admin, Args: []string{"wait", "--for=condition=Established", "--timeout=60s", "crd/flowexportprofiles.sluice.dev", "crd/flowexports.sluice.dev"}})
	return err
}

// WebhookKubeconfig writes a kubeconfig with a token of the service account of the webhook.
func (c *ControlPlane) WebhookKubeconfig(ctx context.Context) (string, error) {
	return c.WebhookKubeconfigFor(ctx, "")
}

// WebhookKubeconfigFor is WebhookKubeconfig for a webhook that can't reach loopback and
// needs another server.
func (c *ControlPlane) WebhookKubeconfigFor(ctx context.Context, server string) (string, error) {
	token, err := c.boundToken(ctx, SystemNamespace, "sluice-webhook", "")
	if err != nil {
		return "", err
	}
	return c.writeTokenConfig("webhook", token, server)
}

// AgentKubeconfig writes a kubeconfig for the agent on a node, with a token that is bound to its pod,
// like the token of a kubelet. An agent that can't reach loopback needs another server.
func (c *ControlPlane) AgentKubeconfig(ctx context.Context, node, server string) (string, error) {
	token, err := c.boundToken(ctx, AgentNamespace, "sluice-agent", "sluice-agent-"+node)
	if err != nil {
		return "", err
	}
	return c.writeTokenConfig("agent-"+node, token, server)
}

// writeTokenConfig writes a kubeconfig with a token.
func (c *ControlPlane) writeTokenConfig(name, token, server string) (string, error) {
	config := clientcmdapi.NewConfig()
	config.Clusters["test"] = &clientcmdapi.Cluster{Server: c.Config.Host, CertificateAuthorityData: c.Config.CAData}
	if !strings.HasPrefix(c.Config.Host, "http") {
		config.Clusters["test"].Server = "https://" + c.Config.Host
	}
	if server != "" {
		config.Clusters["test"].Server, config.Clusters["test"].TLSServerName = "https://"+server, "127.0.0.1"
	}
	config.AuthInfos["sluice"] = &clientcmdapi.AuthInfo{Token: token}
	config.Contexts["test"] = &clientcmdapi.Context{Cluster: "test", AuthInfo: "sluice"}
	config.CurrentContext = "test"
	path := filepath.Join(c.Dir, name+".kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		return "", fmt.Errorf("write kubeconfig of %s: %w", name, err)
	}
	return path, nil
}

// InstallRemovalPolicy installs the admission policy on removals of the manifests.
func (c *ControlPlane) InstallRemovalPolicy(ctx context.Context) error {
	root, err := Root(ctx)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(root, "manifests", "base", "removal-admissionpolicy.yaml"))
	if err != nil {
		return fmt.Errorf("read manifest: %w", err)
	}
	return c.ApplyObjects(ctx, string(text))
}
