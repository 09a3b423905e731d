package cluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// CertManager is a running process with cert-manager's controllers and its cainjector.
type CertManager struct {
	cmd  *exec.Cmd
	done chan error
}

// StartCertManager installs the CRDs of cert-manager, starts its controllers with the access of the
// administrator, and waits until they run. log receives their log. Like all processes of this
// package, they continue after ctx ends, until Stop. They must be stopped before the control plane.
func (c *ControlPlane) StartCertManager(ctx context.Context, log io.Writer) (*CertManager, error) {
	dir, err := certManagerAssets(ctx)
	if err != nil {
		return nil, err
	}
	// The CRDs first: without them, cert-manager's caches never fill.
	if err := c.installCertManagerCRDs(ctx, filepath.Join(dir, "crds")); err != nil {
		return nil, err
	}
	m := &CertManager{done: make(chan error, 1)}
	program := filepath.Join(dir, "certmanager")
	m.cmd = exec.Command(program, "--kubeconfig="+c.Kubeconfig(Admin)) //nolint:noctx // it outlives ctx; Stop ends it
	m.cmd.Stderr = log
	// Not StdoutPipe: Wait would close that while waitReady reads.
	stdout, written := io.Pipe()
	m.cmd.Stdout = written
	if err := m.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start cert-manager: %w", err)
	}
	go func() {
		err := m.cmd.Wait()
		written.Close()
		m.done <- err
	}()
	if err := m.waitReady(ctx, stdout); err != nil {
		return nil, errors.Join(err, m.Stop())
	}
	return m, nil
}

// certManagerAssets is the folder with the programs of "make certmanager".
func certManagerAssets(ctx context.Context) (string, error) {
	root, err := Root(ctx)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, "bin", "certmanager")
	for _, part := range []string{"certmanager", "crds"} {
		if _, err := os.Stat(filepath.Join(dir, part)); err != nil {
			return "", fmt.Errorf("no %s in %s; run \"make certmanager\"", part, dir)
		}
	}
	return dir, nil
}

// installCertManagerCRDs installs the CRDs of a folder and waits until they are served.
func (c *ControlPlane) installCertManagerCRDs(ctx context.Context, dir string) error {
	// On the server's side: some are too large for the annotation that kubectl would keep.
	apply := []string{"apply", "--server-side", "--force-conflicts", "-f", dir}
	if _, err := c.Must(ctx, Command{User: Admin, Args: apply}); err != nil {
		return err
	}
	wait := []string{"wait", "--for=condition=Established", "--timeout=60s", "-f", dir}
	_, err := c.Must(ctx, Command{User: Admin, Args: wait})
	return err
}

// waitReady waits for the line that the program prints when its controllers run. Its later output
// is discarded, so that it never blocks.
func (m *CertManager) waitReady(ctx context.Context, stdout io.Reader) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	first := make(chan string, 1)
	go func() {
		lines := bufio.NewReader(stdout)
		line, _ := lines.ReadString('\n') // at the end of the output it is empty
		first <- line
		io.Copy(io.Discard, lines) //nolint:errcheck // a pipe in memory, whose end is no error
	}()
	select {
	case line := <-first:
		if line != "ready\n" {
			return fmt.Errorf("cert-manager ended before it was ready, or says %q; see its log", line)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for cert-manager: %w", ctx.Err())
	}
}

// Stop ends the process and waits for it.
func (m *CertManager) Stop() error {
	if err := m.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop cert-manager: %w", err)
	}
	err := <-m.done
	m.done <- err
	return err
}
