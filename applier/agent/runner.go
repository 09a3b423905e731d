package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Runner runs a program and returns what it printed.
type Runner interface {
	Run(ctx context.Context, program string, args ...string) (string, error)
}

// ToolError says that a program failed.
type ToolError struct {
	Program string
	// Stderr is the last line that it complained with.
	Stderr string
	// TimedOut says that its time was up: ovs-vsctl may or may not have written then.
	TimedOut bool
	Err      error
}

func (e *ToolError) Error() string {
	switch {
	case e.TimedOut:
		return e.Program + " got no answer in time"
	case e.Stderr != "":
		return fmt.Sprintf("%s: %s", e.Program, e.Stderr)
	}
	return fmt.Sprintf("%s: %v", e.Program, e.Err)
}

func (e *ToolError) Unwrap() error { return e.Err }

// Exec runs programs of this machine. It is the only place that does.
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
	failure := &ToolError{Program: program, Stderr: strings.TrimPrefix(complaint(stderr.String()), program+": "), Err: err}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		// The tools end themselves with SIGALRM when their --timeout is up.
		status, ok := exit.Sys().(syscall.WaitStatus)
		failure.TimedOut = ok && status.Signaled() && status.Signal() == syscall.SIGALRM
	}
	if ctx.Err() != nil {
		failure.TimedOut = true
	}
	return stdout.String(), failure
}

// complaint is the last line of what a tool said, without its time, name and level.
func complaint(stderr string) string {
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	last := lines[len(lines)-1]
	if parts := strings.SplitN(last, "|", 5); len(parts) == 5 {
		last = parts[4]
	}
	return last
}
