package applier

import (
	"context"
	"errors"
	"testing"

	"sluice/test/harness/cluster"
	"sluice/test/harness/kubelet"
)

// The cluster and the programs that all tests of the package share. Each test makes nodes of
// its own and starts with reset.
var (
	shared *cluster.ControlPlane
	// agentProgram is sluice-agent.
	agentProgram string
	// pluginProgram is the kubectl plugin.
	pluginProgram string
	// kubelets signs the certificates of kubelets that the API server trusts.
	kubelets kubelet.Authority
)

func TestMain(m *testing.M) {
	trust := func(dir string) (flags []string, err error) {
		kubelets, flags, err = kubelet.NewAuthority(dir)
		return flags, err
	}
	cluster.Main(m, cluster.Suite{Flags: trust, Start: func(ctx context.Context, c *cluster.ControlPlane) (func() error, error) {
		shared = c
		if err := errors.Join(c.InstallOpenShift(ctx), c.InstallAgents(ctx)); err != nil {
			return nil, err
		}
		var agentErr, pluginErr error
		agentProgram, agentErr = cluster.BuildAgent(ctx, c.Dir)
		pluginProgram, pluginErr = cluster.BuildPlugin(ctx, c.Dir)
		return nil, errors.Join(agentErr, pluginErr)
	}})
}
