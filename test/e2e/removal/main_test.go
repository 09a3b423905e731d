package removal

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"sluice/test/harness/cluster"
)

// The users. All may write and delete the objects; only Sluice says more.
const (
	mary  = "mary"  // of team-a
	john  = "john"  // of team-b, for which no policy restricts removals
	guard = "guard" // of security, which is exempt
)

func users() []cluster.User {
	return append(append(cluster.Users(), cluster.ControllerUsers()...),
		cluster.User{Name: mary, Groups: []string{"network-team", "team-a"}},
		cluster.User{Name: john, Groups: []string{"network-team", "team-b"}},
		cluster.User{Name: guard, Groups: []string{"network-team", "security"}},
	)
}

type suite struct {
	*cluster.ControlPlane
	webhook, kubeconfig string
	sluice              *cluster.Sluice
	log                 *cluster.Log
}

var shared suite

func TestMain(m *testing.M) {
	cluster.Main(m, cluster.Suite{Users: users(), Start: func(ctx context.Context, c *cluster.ControlPlane) (_ func() error, err error) {
		shared.ControlPlane, shared.log = c, &cluster.Log{}
		if err := errors.Join(c.InstallOpenShift(ctx), c.InstallPolicies(ctx), c.InstallRemovalPolicy(ctx)); err != nil {
			return nil, err
		}
		if err := shared.namespaceDeleters(ctx); err != nil {
			return nil, err
		}
		if shared.webhook, err = cluster.BuildWebhook(ctx, c.Dir); err != nil {
			return nil, err
		}
		if shared.kubeconfig, err = c.WebhookKubeconfig(ctx); err != nil {
			return nil, err
		}
		stop, err := c.StartKubernetesControllers(ctx, shared.log)
		if err != nil {
			return nil, err
		}
		if err := shared.start(ctx); err != nil {
			return nil, errors.Join(err, stop())
		}
		return func() error { return errors.Join(shared.stop(), stop()) }, nil
	}})
}

// namespaceDeleters lets the team delete namespaces.
func (s *suite) namespaceDeleters(ctx context.Context) error {
	for _, args := range [][]string{
		{"create", "clusterrole", "namespace-deleter", "--verb=get,list,patch,delete", "--resource=namespaces"},
		{"create", "clusterrolebinding", "namespace-deleter", "--clusterrole=namespace-deleter", "--group=network-team"},
	} {
		if _, err := s.Must(ctx, cluster.Command{User: cluster.Admin, Args: args}); err != nil {
			return err
		}
	}
	return nil
}

// start runs the webhook and registers it.
func (s *suite) start(ctx context.Context, flags ...string) error {
	var err error
	flags = append([]string{"--log-level=debug", "--policies=cluster", "--kubeconfig=" + s.kubeconfig}, flags...)
	if s.sluice, err = cluster.StartSluice(ctx, s.webhook, s.Dir, s.log, flags...); err != nil {
		return fmt.Errorf("%w\n%s", err, s.log)
	}
	return s.RegisterUnguarded(ctx, s.sluice)
}

func (s *suite) stop() error {
	if s.sluice == nil {
		return nil
	}
	err := s.sluice.Stop()
	s.sluice = nil
	return err
}
