package runbooks

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
)

// mary is of team-a, and may patch Network.operator.
const mary = "mary"

// The cluster and the programs that the tests share.
var (
	shared                       *cluster.ControlPlane
	agentProgram, webhookProgram string
)

func TestMain(m *testing.M) {
	users := append(cluster.Users(), cluster.User{Name: mary, Groups: []string{"network-team", "team-a"}})
	cluster.Main(m, cluster.Suite{Users: users, Start: func(ctx context.Context, c *cluster.ControlPlane) (func() error, error) {
		shared = c
		var agentErr, webhookErr error
		if _, err := cluster.BuildPlugin(ctx, c.Dir); err != nil {
			return nil, err
		}
		agentProgram, agentErr = cluster.BuildAgent(ctx, c.Dir)
		webhookProgram, webhookErr = cluster.BuildWebhook(ctx, c.Dir)
		return nil, errors.Join(c.InstallOpenShift(ctx), c.InstallPolicies(ctx), c.InstallProfiles(ctx), agentErr, webhookErr)
	}})
}

// run runs a command of a page against a cluster, in an environment.
func run(t *testing.T, c *cluster.ControlPlane, command string, environment ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-o", "pipefail", "-c", command)
	cmd.Env = append(os.Environ(), environment...)
	path := os.Getenv("PATH")
	for _, variable := range environment {
		if p, ok := strings.CutPrefix(variable, "PATH="); ok {
			path = p
		}
	}
	cmd.Env = append(cmd.Env, "KUBECONFIG="+c.Kubeconfig(cluster.Admin), "HOME="+c.Dir, "PATH="+strings.Join([]string{filepath.Dir(c.KubectlPath()), shared.Dir, path}, ":"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", command, err, out)
	}
	return string(out)
}

// kubectl runs kubectl as a user; it may be refused.
func kubectl(t *testing.T, c *cluster.ControlPlane, user, stdin string, args ...string) cluster.Result {
	t.Helper()
	result, err := c.Run(t.Context(), cluster.Command{User: user, Stdin: stdin, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// must runs kubectl as an administrator.
func must(t *testing.T, c *cluster.ControlPlane, stdin string, args ...string) {
	t.Helper()
	result := kubectl(t, c, cluster.Admin, stdin, args...)
	if !result.OK() {
		t.Fatalf("kubectl %s: %s", strings.Join(args, " "), result.All())
	}
}

// patch changes the lists as a user.
func patch(t *testing.T, user, flows string) cluster.Result {
	t.Helper()
	return kubectl(t, shared, user, "", "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":`+flows+`}}`)
}

// eventually waits for a condition that says what is missing.
func eventually(t *testing.T, condition func() string) {
	t.Helper()
	if err := nodes.Wait(t.Context(), 2*time.Minute, func(context.Context) string { return condition() }); err != nil {
		t.Fatal(err)
	}
}

// line waits for a line of a log that has all parts; it is the first one.
func line(t *testing.T, log func() string, parts ...string) (found string) {
	t.Helper()
	eventually(t, func() string {
		for l := range strings.Lines(log()) {
			missing := false
			for _, part := range parts {
				missing = missing || !strings.Contains(l, part)
			}
			if !missing {
				found = l
				return ""
			}
		}
		return "no line has " + strings.Join(parts, " and ") + ":\n" + log()
	})
	return found
}
