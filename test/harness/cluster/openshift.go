package cluster

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	// The CRDs are YAML files in the folders of these packages.
	_ "github.com/openshift/api/operator/v1/zz_generated.crd-manifests"
	_ "github.com/openshift/api/security/v1/zz_generated.crd-manifests"
)

// The users of every test cluster.
const (
	// Admin may do everything.
	Admin = "admin"
	// NetAdmin may edit Network.operator and the operator's ConfigMaps, as a network team may.
	NetAdmin = "netadmin"
	// Viewer may only read.
	Viewer = "viewer"
	// Operator is the Cluster Network Operator's service account.
	Operator = "system:serviceaccount:openshift-network-operator:cluster-network-operator"
)

// Users lists them with their groups.
func Users() []User {
	return []User{
		{Name: Admin, Groups: []string{"system:masters"}},
		{Name: NetAdmin, Groups: []string{"network-team"}},
		{Name: Viewer, Groups: []string{"auditors"}},
		{Name: Operator, Groups: []string{"system:serviceaccounts", "system:serviceaccounts:openshift-network-operator"}},
	}
}

//go:embed network.yaml
var network string

//go:embed rbac.yaml
var rbac string

// NetworkManifest is a Network.operator as an installed cluster has it, without
// exportNetworkFlows.
func NetworkManifest() string { return network }

// CRDVariants lists the feature sets that openshift/api ships a Network CRD for.
func CRDVariants() []string {
	return []string{"Default", "OKD", "TechPreviewNoUpgrade", "DevPreviewNoUpgrade", "CustomNoUpgrade"}
}

// CRDFile is the file of openshift/api with the CRD of Network, in the module cache.
func CRDFile(ctx context.Context, variant string) (string, error) {
	return openshiftFile(ctx, "operator/v1/zz_generated.crd-manifests/0000_70_network_01_networks-"+variant+".crd.yaml")
}

// openshiftFile is a file of the module openshift/api.
func openshiftFile(ctx context.Context, path string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/openshift/api")
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("find the module openshift/api: %w", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), path), nil
}

// InstallCRD installs, or replaces, the Network CRD and waits until it is served.
func (c *ControlPlane) InstallCRD(ctx context.Context, variant string) error {
	text, err := c.NetworkCRD(ctx, variant)
	if err != nil {
		return err
	}
	return c.applyCRD(ctx, text)
}

// installSCCs installs the CRD of SecurityContextConstraints.
func (c *ControlPlane) installSCCs(ctx context.Context) error {
	file, err := openshiftFile(ctx, "security/v1/zz_generated.crd-manifests/0000_03_config-operator_01_securitycontextconstraints.crd.yaml")
	if err != nil {
		return err
	}
	if _, err := c.Must(ctx, Command{User: Admin, Args: []string{"apply", "--server-side", "-f", file}}); err != nil {
		return err
	}
	wait := []string{"wait", "--for=condition=Established", "--timeout=60s", "crd/securitycontextconstraints.security.openshift.io"}
	_, err = c.Must(ctx, Command{User: Admin, Args: wait})
	return err
}

// InstallCRDForIPv6 installs the Network CRD without the regular expression that stores
// IPv4 collectors only, as clusters without the Cluster Network Operator may have it.
func (c *ControlPlane) InstallCRDForIPv6(ctx context.Context, variant string) error {
	text, err := c.NetworkCRD(ctx, variant)
	if err != nil {
		return err
	}
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !strings.Contains(line, "pattern: ^(([0-9]|[0-9][0-9]|1[0-9][0-9]") {
			kept.WriteString(line)
		}
	}
	return c.applyCRD(ctx, kept.String())
}

// NetworkCRD is the CRD of Network as a cluster of this version of Kubernetes stores it.
func (c *ControlPlane) NetworkCRD(ctx context.Context, variant string) (string, error) {
	file, err := CRDFile(ctx, variant)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read the Network CRD: %w", err)
	}
	if c.Minor >= oldestWithCIDR {
		return string(text), nil
	}
	return withoutCIDR(text)
}

func (c *ControlPlane) applyCRD(ctx context.Context, text string) error {
	apply := Command{User: Admin, Stdin: text, Args: []string{"apply", "--server-side", "--force-conflicts", "-f", "-"}}
	if _, err := c.Must(ctx, apply); err != nil {
		return err
	}
	wait := []string{"wait", "--for=condition=Established", "--timeout=60s", "crd/networks.operator.openshift.io"}
	_, err := c.Must(ctx, Command{User: Admin, Args: wait})
	return err
}

// InstallOpenShift installs what an OpenShift cluster has: the CRDs, the object "cluster", the
// namespace of the operator and the rights of the users.
func (c *ControlPlane) InstallOpenShift(ctx context.Context) error {
	if err := c.InstallCRD(ctx, "Default"); err != nil {
		return err
	}
	if err := c.installSCCs(ctx); err != nil {
		return err
	}
	// As in an installation, the field manager is not one of the users of the tests.
	apply := []string{"apply", "--server-side", "--field-manager=cluster-bootstrap", "-f", "-"}
	for _, manifest := range []string{rbac, network} {
		if _, err := c.Must(ctx, Command{User: Admin, Stdin: manifest, Args: apply}); err != nil {
			return err
		}
	}
	return nil
}
