package page

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/client-go/dynamic"

	"sluice/test/harness/cluster"
)

// The users of the tests. The editor may patch Network.operator and see everything; the watcher may only
// see the lists.
const (
	editorUser  = "mary"
	watcherUser = "walter"
)

type suite struct {
	*cluster.ControlPlane
	client  *dynamic.DynamicClient
	plugin  string
	webhook *cluster.Sluice
	log     *cluster.Log
}

var (
	shared  suite
	states  = flag.String("states", "", "folder to write pictures of all states to")
	picture = flag.String("pictures", "", "folder to write the pictures of the documentation to")
)

// everything is logged, so that a test sees each write.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  users: [mary, walter]
- level: None
`

const rights = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: mary-views}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: sluice-view}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: mary}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: events}
rules:
- {apiGroups: [""], resources: [events], verbs: [get, list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: mary-events}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: events}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: mary}
`

func TestMain(m *testing.M) {
	flag.Parse()
	// The harness finds the repository by the module of the working directory.
	if err := os.Chdir("../../.."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	users := append(cluster.Users(), cluster.User{Name: editorUser, Groups: []string{"network-team"}}, cluster.User{Name: watcherUser, Groups: []string{"auditors"}})
	cluster.Main(m, cluster.Suite{Users: users, Flags: func(dir string) ([]string, error) {
		file := filepath.Join(dir, "audit.yaml")
		return []string{"audit-policy-file=" + file}, os.WriteFile(file, []byte(auditPolicy), 0o600)
	}, Start: start})
}

func start(ctx context.Context, c *cluster.ControlPlane) (func() error, error) {
	shared.ControlPlane, shared.log = c, &cluster.Log{}
	config := c.As(cluster.Admin)
	var err error
	if shared.client, err = dynamic.NewForConfig(config); err != nil {
		return nil, err
	}
	if err := errors.Join(c.InstallOpenShift(ctx), c.InstallAgents(ctx), c.InstallPolicies(ctx)); err != nil {
		return nil, err
	}
	if _, err := c.Must(ctx, cluster.Command{User: cluster.Admin, Stdin: rights, Args: []string{"apply", "-f", "-"}}); err != nil {
		return nil, err
	}
	if shared.plugin, err = cluster.BuildPlugin(ctx, c.Dir); err != nil {
		return nil, err
	}
	program, err := cluster.BuildWebhook(ctx, c.Dir)
	if err != nil {
		return nil, err
	}
	kubeconfig, err := c.WebhookKubeconfig(ctx)
	if err != nil {
		return nil, err
	}
	if shared.webhook, err = cluster.StartSluice(ctx, program, c.Dir, shared.log, "--policies=cluster", "--kubeconfig="+kubeconfig); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, shared.log)
	}
	return shared.webhook.Stop, c.Register(ctx, shared.webhook)
}

func must(t *testing.T, command cluster.Command) cluster.Result {
	t.Helper()
	result, err := shared.Must(t.Context(), command)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// store sets the lists as the Cluster Network Operator, whom no policy stops.
func store(t *testing.T, flows string) {
	t.Helper()
	must(t, cluster.Command{User: cluster.Operator, Args: []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":` + flows + `}}`}})
}
