package nodes

import (
	"context"
	"fmt"
	"os"
	"slices"
	"syscall"

	"sluice/test/harness/node"
)

// StartAgent starts the agent on a node.
func (f *Fleet) StartAgent(ctx context.Context, n *node.Node, flags ...string) (*Agent, error) {
	return f.launch(ctx, n, nil, 0, flags)
}

// StartAgentAs starts the agent as another user of this machine, which only root can do.
func (f *Fleet) StartAgentAs(ctx context.Context, n *node.Node, user string, flags ...string) (*Agent, error) {
	kubeconfig, err := f.kubeconfig(ctx, n.Name)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(kubeconfig, 0o644); err != nil {
		return nil, fmt.Errorf("hand over the kubeconfig: %w", err)
	}
	return f.launch(ctx, n, []string{"setpriv", "--reuid=" + user, "--clear-groups"}, 0, flags)
}

// StartAgentInPod starts the agent with the network of the node, but with its own process IDs, like a
// pod with hostNetwork and without hostPID. Its process ID there is 1. Only root can do that.
func (f *Fleet) StartAgentInPod(ctx context.Context, n *node.Node, flags ...string) (*Agent, error) {
	// "ip netns exec" has made a mount namespace, so this /proc is not shared.
	own := []string{"sh", "-c", `mount -t proc proc /proc && exec "$@"`, "sh"}
	return f.launch(ctx, n, own, syscall.CLONE_NEWPID, flags)
}

// launch starts the agent in new namespaces, with a command that receives the command line of the agent
// as arguments.
func (f *Fleet) launch(ctx context.Context, n *node.Node, by []string, namespaces uintptr, flags []string) (*Agent, error) {
	kubeconfig, err := f.kubeconfig(ctx, n.Name)
	if err != nil {
		return nil, err
	}
	args := slices.Concat(by, []string{
		f.program, "--kubeconfig=" + kubeconfig, "--node=" + n.Name, "--ovs-rundir=" + n.RunDir(),
		"--ovs-db=unix:" + n.Socket(), "--ovs-logdir=" + n.Dir(), "--metrics-bind=", "--health-bind=",
	}, flags)
	cmd := n.Command(context.WithoutCancel(ctx), args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces}
	a, err := start(n.Name, cmd)
	if err == nil {
		f.Agents = append(f.Agents, a)
	}
	return a, err
}
