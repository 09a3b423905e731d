package policies

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
)

// The users. All may patch Network.operator: RBAC can't say more.
const (
	mary     = "mary"  // of team-a
	john     = "john"  // of team-b
	guard    = "guard" // of security
	exempted = "system:serviceaccount:gitops:argocd"
	bot      = "system:serviceaccount:flows:bot"
)

func users() []cluster.User {
	return append(
		cluster.Users(),
		cluster.User{Name: mary, Groups: []string{"network-team", "team-a"}},
		cluster.User{Name: john, Groups: []string{"network-team", "team-b"}},
		cluster.User{Name: guard, Groups: []string{"network-team", "security"}},
		cluster.User{Name: exempted, Groups: []string{"network-team", "system:serviceaccounts", "system:serviceaccounts:gitops"}},
		cluster.User{Name: bot, Groups: []string{"network-team", "system:serviceaccounts", "system:serviceaccounts:flows"}},
	)
}

type suite struct {
	*cluster.ControlPlane
	// webhook and program are the paths of sluice-webhook and sluice.
	webhook, program string
	// kubeconfig is the webhook's access to the API server.
	kubeconfig string
	sluice     *cluster.Sluice
	log        *cluster.Log
	// operator is the client of the Cluster Network Operator, whom nothing stops.
	operator client.Client
}

var shared suite

func TestMain(m *testing.M) {
	cluster.Main(m, cluster.Suite{Users: users(), Start: func(ctx context.Context, c *cluster.ControlPlane) (_ func() error, err error) {
		shared.ControlPlane, shared.log = c, &cluster.Log{}
		if err := errors.Join(c.InstallOpenShift(ctx), c.InstallPolicies(ctx), c.InstallProfiles(ctx)); err != nil {
			return nil, err
		}
		if shared.operator, err = c.ClientAs(cluster.Operator); err != nil {
			return nil, err
		}
		if shared.webhook, err = cluster.BuildWebhook(ctx, c.Dir); err != nil {
			return nil, err
		}
		if shared.program, err = cluster.BuildSluice(ctx, c.Dir); err != nil {
			return nil, err
		}
		if shared.kubeconfig, err = c.WebhookKubeconfig(ctx); err != nil {
			return nil, err
		}
		if err := shared.start(ctx); err != nil {
			return nil, err
		}
		return func() error { return shared.sluice.Stop() }, nil
	}})
}

// start runs the webhook and registers it.
func (s *suite) start(ctx context.Context) error {
	var err error
	s.sluice, err = cluster.StartSluice(ctx, s.webhook, s.Dir, s.log,
		"--log-level=debug", "--policies=cluster", "--kubeconfig="+s.kubeconfig, "--exempt-user="+exempted)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, s.log)
	}
	return s.Register(ctx, s.sluice)
}

// store puts flows into the object as the Cluster Network Operator would, whom nothing stops.
func store(t *testing.T, flows string) {
	t.Helper()
	must(t, cluster.Operator, "", "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":`+flows+`}}`)
}

func kubectl(t *testing.T, user, stdin string, args ...string) cluster.Result {
	t.Helper()
	result, err := shared.Run(t.Context(), cluster.Command{User: user, Stdin: stdin, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func must(t *testing.T, user, stdin string, args ...string) cluster.Result {
	t.Helper()
	result := kubectl(t, user, stdin, args...)
	if !result.OK() {
		t.Fatalf("kubectl %s: %s", strings.Join(args, " "), result.All())
	}
	return result
}

// patch patches the lists as a user.
func patch(t *testing.T, user, flows string) cluster.Result {
	t.Helper()
	args := []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":` + flows + `}}`}
	return kubectl(t, user, "", args...)
}

// passes and refused check what became of a change.
func passes(t *testing.T, r cluster.Result) {
	t.Helper()
	if !r.OK() {
		t.Errorf("refused: %s", r.All())
	}
}

func refused(t *testing.T, r cluster.Result, texts ...string) {
	t.Helper()
	if r.OK() {
		t.Errorf("passed: %s", r.All())
	}
	for _, text := range texts {
		if !strings.Contains(r.All(), text) {
			t.Errorf("does not say %q:\n%s", text, r.All())
		}
	}
}

// eventually waits for a condition; ask says what is missing.
func eventually(t *testing.T, ask func() string) {
	t.Helper()
	if err := nodes.Wait(t.Context(), 2*time.Minute, func(context.Context) string { return ask() }); err != nil {
		t.Fatalf("%v\n%s", err, shared.log)
	}
}
