package applier

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"sluice/test/harness/cluster"
)

// The cluster and the programs that all tests of the package share. Each test makes nodes of
// its own and starts with reset.
var (
	shared *cluster.ControlPlane
	// agentProgram is sluice-agent.
	agentProgram string
	// pluginProgram is the kubectl plugin.
	pluginProgram string
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "applier:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	ctx := context.Background()
	if shared, err = cluster.StartControlPlane(ctx, cluster.Users()); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, shared.Stop()) }()
	if err := shared.InstallOpenShift(ctx); err != nil {
		return 1, err
	}
	if err := shared.InstallAgents(ctx); err != nil {
		return 1, err
	}
	if agentProgram, err = cluster.BuildAgent(ctx, shared.Dir); err != nil {
		return 1, err
	}
	if pluginProgram, err = cluster.BuildPlugin(ctx, shared.Dir); err != nil {
		return 1, err
	}
	return m.Run(), nil
}
