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
	return f.launch(ctx, n, launcher{}, flags)
}

// StartAgentWithTools starts the agent with the tools of another release than that of the node.
func (f *Fleet) StartAgentWithTools(ctx context.Context, n *node.Node, tools node.Release, flags ...string) (*Agent, error) {
	programs, err := node.FindPrograms(ctx, tools)
	if err != nil {
		return nil, fmt.Errorf("find the tools of the agent on %s: %w", n.Name, err)
	}
	return f.launch(ctx, n, launcher{env: programs.Env()}, flags)
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
	return f.launch(ctx, n, launcher{by: []string{"setpriv", "--reuid=" + user, "--clear-groups"}}, flags)
}

// StartAgentInPod starts the agent with the network of the node, but with its own process IDs, like a
// pod with hostNetwork and without hostPID. Its process ID there is 1. Only root can do that.
func (f *Fleet) StartAgentInPod(ctx context.Context, n *node.Node, flags ...string) (*Agent, error) {
	// "ip netns exec" has made a mount namespace, so this /proc is not shared.
	own := []string{"sh", "-c", `mount -t proc proc /proc && exec "$@"`, "sh"}
	return f.launch(ctx, n, launcher{by: own, namespaces: syscall.CLONE_NEWPID}, flags)
}

// launcher says how an agent is started.
type launcher struct {
	// by is a command that receives the command line of the agent as arguments.
	by []string
	// namespaces are the new namespaces of the agent.
	namespaces uintptr
	// env has precedence over the environment of the node's programs.
	env []string
}

// launch starts the agent.
func (f *Fleet) launch(ctx context.Context, n *node.Node, l launcher, flags []string) (*Agent, error) {
	kubeconfig, err := f.kubeconfig(ctx, n.Name)
	if err != nil {
		return nil, err
	}
	args := slices.Concat(l.by, []string{
		f.program, "--kubeconfig=" + kubeconfig, "--node=" + n.Name, "--ovs-rundir=" + n.RunDir(),
		"--ovs-db=unix:" + n.Socket(), "--ovs-logdir=" + n.Dir(), "--metrics-bind=", "--health-bind=",
	}, flags)
	cmd := n.Command(context.WithoutCancel(ctx), args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: l.namespaces}
	cmd.Env = append(cmd.Env, l.env...)
	a, err := start(n.Name, cmd)
	if err == nil {
		f.Agents = append(f.Agents, a)
	}
	return a, err
}
