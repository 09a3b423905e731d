package node

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"syscall"
	"time"

	"sluice/applier/ovs"
)

// Runner runs a program and returns what it printed.
type Runner interface {
	Run(ctx context.Context, program string, args ...string) (string, error)
}

// Exec is a Runner of the programs of this machine.
type Exec struct {
	// Env is the programs' environment.
	Env []string
}

// grace is how long a program may take to die once its context has ended, and pipes to
// close.
const grace = 2 * time.Second

// Run runs a program.
func (e Exec) Run(ctx context.Context, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // the programs are named by constants, and no shell is involved
	cmd.Env = e.Env
	cmd.WaitDelay = grace
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err == nil {
		return stdout.String(), nil
	}
	line, cause := ovs.ParseComplaint(program, stderr.String())
	switch {
	case ctx.Err() != nil, alarmed(err):
		cause = ovs.CauseTimedOut
	case errors.Is(err, exec.ErrNotFound):
		cause = ovs.CauseToolMissing
	}
	return stdout.String(), &ovs.ToolError{Program: program, Stderr: line, Cause: cause, Err: err}
}

// alarmed reports whether a program ended itself with SIGALRM, as the tools do when their
// --timeout is up.
func alarmed(err error) bool {
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGALRM
}
