package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// BuildWebhook compiles the webhook into a folder.
func BuildWebhook(ctx context.Context, dir string) (string, error) {
	return build(ctx, dir, "sluice-webhook")
}

// BuildSluice compiles the command line into a folder.
func BuildSluice(ctx context.Context, dir string) (string, error) { return build(ctx, dir, "sluice") }

// BuildAgent compiles the agent into a folder.
func BuildAgent(ctx context.Context, dir string) (string, error) {
	return build(ctx, dir, "sluice-agent")
}

// BuildPlugin compiles the kubectl plugin into a folder.
func BuildPlugin(ctx context.Context, dir string) (string, error) {
	return build(ctx, dir, "kubectl-sluice")
}

// build compiles a program into bin/test, where the suites share it, so that it is linked once. The suite gets a
// name of its own for it: another one may replace the file.
func build(ctx context.Context, dir, name string) (_ string, err error) {
	root, err := Root(ctx)
	if err != nil {
		return "", err
	}
	kept := filepath.Join(root, "bin", "test", name)
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.MkdirAll(filepath.Dir(kept), 0o755)); err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	unlock, err := lock(kept + ".lock")
	if err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	cmd := exec.CommandContext(ctx, "go", "build", "-o", kept, "./cmd/"+name)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	program := filepath.Join(dir, name)
	if err := share(ctx, kept, program); err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	return program, nil
}

// Exclusive waits until no other suite uses something that the machine has only once, such as a port of the manifests.
func Exclusive(name string) (release func() error, err error) {
	return lock(filepath.Join(os.TempDir(), "sluice-"+name+".lock"))
}

// lock waits until no other process holds a lock on a file.
func lock(path string) (unlock func() error, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
	}
	return file.Close, nil
}

// share links a program to a second path, or copies it to another file system. It copies by a program of its own:
// a file that this process writes can't be run while a child, just forked, still has it open.
func share(ctx context.Context, program, path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if os.Link(program, path) == nil {
		return nil
	}
	if out, err := exec.CommandContext(ctx, "cp", program, path).CombinedOutput(); err != nil {
		return fmt.Errorf("copy to %s: %w: %s", path, err, out)
	}
	return nil
}
