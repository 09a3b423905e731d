package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// The accounts of Kubernetes' own controllers.
const (
	GarbageCollector    = "system:serviceaccount:kube-system:generic-garbage-collector"
	NamespaceController = "system:serviceaccount:kube-system:namespace-controller"
)

// ControllerUsers are the users that StartKubernetesControllers needs.
func ControllerUsers() []User {
	groups := []string{"system:serviceaccounts", "system:serviceaccounts:kube-system"}
	return []User{{Name: GarbageCollector, Groups: groups}, {Name: NamespaceController, Groups: groups}}
}

// StartKubernetesControllers runs the garbage collector and the namespace controller of
// kube-controller-manager, and returns what stops them.
func (c *ControlPlane) StartKubernetesControllers(ctx context.Context, log io.Writer) (stop func() error, err error) {
	return startControllers(ctx, log, "--garbage-collector-kubeconfig="+c.Kubeconfig(GarbageCollector), "--namespace-kubeconfig="+c.Kubeconfig(NamespaceController))
}

// StartWorkloadControllers runs the controllers of Deployments, ReplicaSets and PodDisruptionBudgets,
// and returns what stops them.
func (c *ControlPlane) StartWorkloadControllers(ctx context.Context, log io.Writer) (stop func() error, err error) {
	return startControllers(ctx, log, "--workloads-kubeconfig="+c.Kubeconfig(Admin))
}

func startControllers(ctx context.Context, log io.Writer, arguments ...string) (stop func() error, err error) {
	assets, err := Assets(ctx)
	if err != nil {
		return nil, err
	}
	program := filepath.Join(assets, "controllers")
	if _, err := os.Stat(program); err != nil {
		return nil, fmt.Errorf("no controllers in %s; run \"make controlplane\"", assets)
	}
	cmd := exec.Command(program, arguments...) //nolint:noctx // it outlives ctx
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start Kubernetes' controllers: %w", err)
	}
	return func() error {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop Kubernetes' controllers: %w", err)
		}
		return cmd.Wait()
	}, nil
}
