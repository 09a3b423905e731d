package nodes

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"sluice/test/harness/cluster"
)

// Agent is a running sluice-agent.
type Agent struct {
	// Node is the name of its node.
	Node string
	// PID of the agent.
	PID int

	cmd  *exec.Cmd
	log  *Buffer
	done chan struct{}
	err  error
}

// start starts a prepared command.
func start(node string, cmd *exec.Cmd) (*Agent, error) {
	a := &Agent{Node: node, cmd: cmd, log: &Buffer{}, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = a.log, a.log
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the agent on %s: %w", node, err)
	}
	a.PID = cmd.Process.Pid
	go func() {
		a.err = cmd.Wait()
		close(a.done)
	}()
	return a, nil
}

// Log is the log of the agent so far.
func (a *Agent) Log() string { return a.log.String() }

// Stop ends the agent like a kubelet, and waits.
func (a *Agent) Stop() error {
	if err := a.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop the agent on %s: %w", a.Node, err)
	}
	select {
	case <-a.done:
	case <-time.After(20 * time.Second):
		a.Kill()
		return fmt.Errorf("the agent on %s did not end", a.Node)
	}
	if a.err != nil {
		return fmt.Errorf("the agent on %s: %w\n%s", a.Node, a.err, a.Log())
	}
	return nil
}

// Kill ends the agent at once, like a crash.
func (a *Agent) Kill() {
	_ = a.cmd.Process.Kill() // it may have ended
	<-a.done
}

// Writes counts the transactions in the log of the agent.
func (a *Agent) Writes() int { return strings.Count(a.Log(), `"msg":"applied`) }

// Buffer is a buffer for several goroutines.
type Buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write adds to it.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// String is the content so far.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// Wait polls until a condition returns no more missing things.
func Wait(ctx context.Context, timeout time.Duration, condition func(context.Context) (missing string)) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	began := time.Now()
	for {
		asked := time.Now()
		missing := condition(ctx)
		if missing == "" {
			return nil
		}
		pause := time.NewTimer(max(20*time.Millisecond, cluster.Pause(began, asked)))
		select {
		case <-ctx.Done():
			pause.Stop()
			return fmt.Errorf("waited %s: %s", timeout, missing)
		case <-pause.C:
		}
	}
}
