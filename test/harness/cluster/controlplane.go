package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// ControlPlane is a running API server.
type ControlPlane struct {
	// Config is the administrator's access.
	Config *rest.Config
	// Client is the administrator's client.
	Client client.WithWatch
	// Dir has the kubeconfigs, certificates and logs. Stop removes it.
	Dir string
	// Minor is the minor version of Kubernetes.
	Minor int

	kubectl string
	env     *envtest.Environment
}

// User is a user of the API server, authenticated with a token.
type User struct {
	Name   string
	Groups []string
}

// Root is the folder of the repository.
func Root(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	mod := strings.TrimSpace(string(out))
	if mod == "" || mod == os.DevNull {
		return "", errors.New("find the repository: run inside it")
	}
	return filepath.Dir(mod), nil
}

// ReleaseVariable is an environment variable that selects the release of Kubernetes, such as 1.30. Without
// it, it is the newest that is tested.
const ReleaseVariable = "SLUICE_KUBERNETES"

// Assets is the folder with kube-apiserver, etcd and kubectl: KUBEBUILDER_ASSETS, or that of
// "make controlplane" for the release.
func Assets(ctx context.Context) (string, error) {
	dir := os.Getenv("KUBEBUILDER_ASSETS")
	if dir == "" {
		root, err := Root(ctx)
		if err != nil {
			return "", err
		}
		dir = filepath.Join(root, "bin", "controlplane")
		if release := os.Getenv(ReleaseVariable); release != "" {
			dir += "-" + release
		}
	}
	for _, program := range []string{"kube-apiserver", "etcd", "kubectl"} {
		if _, err := os.Stat(filepath.Join(dir, program)); err != nil {
			return "", fmt.Errorf("no %s in %s; run \"make controlplane\", with %s=%s", program, dir, ReleaseVariable, os.Getenv(ReleaseVariable))
		}
	}
	return dir, nil
}

// StartControlPlane starts etcd and kube-apiserver with the users. Flags of kube-apiserver have the
// form "name=value".
func StartControlPlane(ctx context.Context, users []User, flags ...string) (*ControlPlane, error) {
	assets, err := Assets(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "sluice-")
	if err != nil {
		return nil, fmt.Errorf("create a folder: %w", err)
	}
	c := &ControlPlane{Dir: dir, kubectl: filepath.Join(assets, "kubectl")}
	tokens := filepath.Join(dir, "tokens.csv")
	if err := os.WriteFile(tokens, tokenFile(users), 0o600); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	if c.env, err = environment(assets, dir); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	audit := filepath.Join(dir, "audit-policy.yaml")
	if err := os.WriteFile(audit, []byte(auditPolicy), 0o600); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	server := c.env.ControlPlane.GetAPIServer()
	server.CertDir = filepath.Join(dir, "apiserver") // kept when it is restarted
	if err := os.Mkdir(server.CertDir, 0o700); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	server.Configure().
		Set("token-auth-file", tokens).
		Set("audit-policy-file", audit).
		Set("audit-log-path", c.AuditLog())
	for _, f := range flags {
		name, value, _ := strings.Cut(f, "=")
		server.Configure().Set(name, value)
	}
	if c.Config, err = c.env.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start the API server: %w", err), c.Stop())
	}
	if c.Minor, err = minor(c.Config); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	if c.Client, err = newClient(c.Config); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	for _, user := range users {
		if err := c.writeKubeconfig(user); err != nil {
			return nil, errors.Join(err, c.Stop())
		}
	}
	return c, nil
}

// environment is that of etcd and kube-apiserver, which are started by scripts in a folder.
func environment(assets, dir string) (*envtest.Environment, error) {
	e := &envtest.Environment{
		BinaryAssetsDirectory:    assets,
		ControlPlaneStartTimeout: 3 * time.Minute,
		ControlPlaneStopTimeout:  time.Minute,
	}
	e.ControlPlane.Etcd = &envtest.Etcd{}
	var err1, err2 error
	e.ControlPlane.Etcd.Path, err1 = withLessGarbage(dir, filepath.Join(assets, "etcd"))
	e.ControlPlane.GetAPIServer().Path, err2 = withLessGarbage(dir, filepath.Join(assets, "kube-apiserver"))
	return e, errors.Join(err1, err2)
}

// minor asks an API server for its minor version.
func minor(config *rest.Config) (int, error) {
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return 0, fmt.Errorf("ask for the version of the API server: %w", err)
	}
	version, err := client.ServerVersion()
	if err != nil {
		return 0, fmt.Errorf("ask for the version of the API server: %w", err)
	}
	number, err := strconv.Atoi(version.Minor)
	if err != nil {
		return 0, fmt.Errorf("read the version of the API server: %w", err)
	}
	return number, nil
}

// RestartAPIServer stops kube-apiserver, and starts it again at the same address. etcd keeps
// running.
func (c *ControlPlane) RestartAPIServer() error {
	server := c.env.ControlPlane.GetAPIServer()
	if err := server.Stop(); err != nil {
		return fmt.Errorf("stop the API server: %w", err)
	}
	if err := server.Start(); err != nil {
		return fmt.Errorf("start the API server again: %w", err)
	}
	return nil
}

// AuditLog is the file with the audit events of the API server, one JSON object per line.
func (c *ControlPlane) AuditLog() string { return filepath.Join(c.Dir, "audit.log") }

// auditPolicy records the writes of Networks, ConfigMaps and the objects of Sluice.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  verbs: [create, update, patch, delete]
  resources: [{group: operator.openshift.io}, {group: "", resources: [configmaps]}, {group: sluice.dev}]
- level: None
`

// Stop ends the processes and removes the folder.
func (c *ControlPlane) Stop() error {
	var err error
	if c.env != nil {
		err = c.env.Stop()
	}
	return errors.Join(err, os.RemoveAll(c.Dir))
}

// tokenFile is the static token file of the API server: token, name, UID, groups.
func tokenFile(users []User) []byte {
	var b strings.Builder
	for _, u := range users {
		fmt.Fprintf(&b, "%s,%s,%s,\"%s\"\n", token(u.Name), u.Name, u.Name, strings.Join(u.Groups, ","))
	}
	return []byte(b.String())
}

func token(user string) string { return "token-of-" + strings.ReplaceAll(user, ":", "-") }

// Kubeconfig is the path of the kubeconfig of a user.
func (c *ControlPlane) Kubeconfig(user string) string {
	return filepath.Join(c.Dir, strings.ReplaceAll(user, ":", "-")+".kubeconfig")
}

func (c *ControlPlane) writeKubeconfig(user User) error {
	config := clientcmdapi.NewConfig()
	config.Clusters["test"] = &clientcmdapi.Cluster{
		Server:                   c.Config.Host,
		CertificateAuthorityData: c.Config.CAData,
	}
	if !strings.HasPrefix(c.Config.Host, "http") {
		config.Clusters["test"].Server = "https://" + c.Config.Host
	}
	config.AuthInfos[user.Name] = &clientcmdapi.AuthInfo{Token: token(user.Name)}
	config.Contexts["test"] = &clientcmdapi.Context{Cluster: "test", AuthInfo: user.Name}
	config.CurrentContext = "test"
	if err := clientcmd.WriteToFile(*config, c.Kubeconfig(user.Name)); err != nil {
		return fmt.Errorf("write kubeconfig of %s: %w", user.Name, err)
	}
	return nil
}

// As returns the access of a user.
func (c *ControlPlane) As(user string) *rest.Config {
	config := rest.AnonymousClientConfig(c.Config)
	config.BearerToken = token(user)
	config.QPS, config.Burst = -1, -1
	return config
}
