package nodes

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"sluice/test/harness/cluster"
	"sluice/test/harness/node"
)

// Fleet is a cluster with nodes.
type Fleet struct {
	*cluster.ControlPlane
	Network *node.Network
	Nodes   []*node.Node
	Agents  []*Agent
	// Server is the API server as the agents reach it.
	Server *cluster.Exposed

	program     string
	kubeconfigs map[string]string
	stop        context.CancelFunc
}

// Options are the options of a fleet.
type Options struct {
	Nodes []string
	// Dummy is to use Open vSwitch's dummy datapath even as root.
	Dummy bool
	// Release is the Debian release of Open vSwitch and OVN; empty for those of this machine.
	Release node.Release
	// Pods is the number of pods of each node; 0 means 2.
	Pods int
	// Program is the compiled sluice-agent.
	Program string
}

// Start starts the nodes of a running cluster, creates their objects, and installs what agents need. It
// starts no agents.
func Start(ctx context.Context, c *cluster.ControlPlane, o Options) (*Fleet, error) {
	f := &Fleet{ControlPlane: c, program: o.Program, kubeconfigs: map[string]string{}}
	exposing, stop := context.WithCancel(context.WithoutCancel(ctx))
	f.stop = stop
	var err error
	if f.Network, err = node.StartNetwork(ctx, node.NetworkOptions{Dummy: o.Dummy, Release: o.Release}); err != nil {
		return f, err
	}
	if f.Server, err = c.Expose(exposing, f.Network.HostAddress()); err != nil {
		return f, err
	}
	if err := c.InstallAgents(ctx); err != nil {
		return f, err
	}
	f.Nodes = make([]*node.Node, len(o.Nodes))
	group, groupCtx := errgroup.WithContext(ctx)
	for i, name := range o.Nodes {
		group.Go(func() (err error) {
			if f.Nodes[i], err = node.Start(groupCtx, f.Network, name, node.Options{Pods: o.Pods}); err != nil {
				return err
			}
			return c.AddNode(groupCtx, name, f.Nodes[i].Address(false))
		})
	}
	return f, group.Wait()
}

// kubeconfig returns the kubeconfig of the agent on a node.
func (f *Fleet) kubeconfig(ctx context.Context, name string) (string, error) {
	if path := f.kubeconfigs[name]; path != "" {
		return path, nil
	}
	path, err := f.AgentKubeconfig(ctx, name, f.Server.Address)
	if err == nil {
		f.kubeconfigs[name] = path
	}
	return path, err
}

// Stop ends the agents and the nodes, but not the control plane.
func (f *Fleet) Stop() error {
	var errs []error
	for _, a := range f.Agents {
		select {
		case <-a.done:
		default:
			errs = append(errs, a.Stop())
		}
	}
	for _, n := range f.Nodes {
		if n != nil {
			errs = append(errs, n.Stop())
		}
	}
	if f.Network != nil {
		errs = append(errs, f.Network.Stop())
	}
	f.stop()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("stop the fleet: %w", err)
	}
	return nil
}
