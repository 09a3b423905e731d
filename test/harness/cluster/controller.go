package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// ControllerUser is the service account of the controller.
const ControllerUser = "system:serviceaccount:" + SystemNamespace + ":sluice-controller"

// Controller is a running controller: sluice-webhook with --role=control.
type Controller struct {
	// PID of the process, and the URL of its metrics.
	PID     int
	Metrics string

	cmd  *exec.Cmd
	done chan error
}

// StartController starts the controller with the arguments of its container, on loopback, with the
// account of the manifests, which must be installed, and waits until it is ready.
func (c *ControlPlane) StartController(ctx context.Context, program string, arguments []string, log io.Writer) (*Controller, error) {
	kubeconfig, err := c.accountKubeconfig(ctx, "sluice-controller")
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	args := []string{"--kubeconfig=" + kubeconfig, "--health-bind=" + ports[0], "--metrics-bind=" + ports[1]}
	for _, a := range arguments {
		if name, _, _ := strings.Cut(a, "="); name != "--health-bind" && name != "--metrics-bind" {
			args = append(args, a)
		}
	}
	r := &Controller{Metrics: "http://" + ports[1] + "/metrics", done: make(chan error, 1)}
	r.cmd = exec.Command(program, args...) //nolint:noctx // it outlives ctx; Stop ends it
	r.cmd.Stderr = log
	r.cmd.Env = append(os.Environ(), "POD_NAMESPACE="+SystemNamespace)
	if err := r.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the controller: %w", err)
	}
	r.PID = r.cmd.Process.Pid
	go func() { r.done <- r.cmd.Wait() }()
	if err := waitReady(ctx, "http://"+ports[0]+"/readyz", r.done); err != nil {
		return nil, errors.Join(err, r.Stop())
	}
	return r, nil
}

// Stop ends the process and waits for it.
func (r *Controller) Stop() error {
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop the controller: %w", err)
	}
	err := <-r.done
	r.done <- err
	return err
}

// Controller returns the arguments of the controller of an overlay.
func (o *Overlay) Controller() ([]string, error) {
	spec, err := o.PodSpec("Deployment", "sluice-controller")
	if err != nil {
		return nil, err
	}
	if spec.ServiceAccountName != "sluice-controller" {
		return nil, fmt.Errorf("the account of the controller is %q", spec.ServiceAccountName)
	}
	return spec.Containers[0].Args, nil
}

// accountKubeconfig writes a kubeconfig with a token of a service account in Sluice's namespace.
func (c *ControlPlane) accountKubeconfig(ctx context.Context, account string) (string, error) {
	result, err := c.Must(ctx, Command{User: Admin, Args: []string{"create", "token", account, "--namespace=" + SystemNamespace, "--duration=6h"}})
	if err != nil {
		return "", err
	}
	return c.writeTokenConfig(account, strings.TrimSpace(result.Stdout), "")
}
