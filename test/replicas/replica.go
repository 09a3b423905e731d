package replicas

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"time"
)

// The ports of the manifests.
const (
	reviewPort  = 9443
	metricsPort = 8080
	healthPort  = 8081
)

// Replica is one running webhook.
type Replica struct {
	// Address is its IP address, where it serves the manifests' ports.
	Address string
	// PID of the process.
	PID int

	cmd   *exec.Cmd
	ready atomic.Bool
	// done is closed when the process has ended, at the time and with the error beside it.
	done chan struct{}
	end  time.Time
	err  error
}

func start(cmd *exec.Cmd, address string, log io.Writer) (*Replica, error) {
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a replica: %w", err)
	}
	r := &Replica{Address: address, PID: cmd.Process.Pid, cmd: cmd, done: make(chan struct{})}
	go func() {
		r.err = cmd.Wait()
		r.end = time.Now()
		close(r.done)
	}()
	return r, nil
}

// Stop ends the replica as the kubelet does, and waits.
func (r *Replica) Stop() error {
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop a replica: %w", err)
	}
	select {
	case <-r.done:
	case <-time.After(40 * time.Second):
		r.Kill()
		return errors.New("a replica did not end")
	}
	return r.err
}

// Kill ends the replica at once, as a crash would.
func (r *Replica) Kill() {
	_ = r.cmd.Process.Kill() // it may have ended
	<-r.done
}

// ended reports whether the process is gone.
func (r *Replica) ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// Metrics is the URL of its metrics.
func (r *Replica) Metrics() string {
	return fmt.Sprintf("http://%s:%d/metrics", r.Address, metricsPort)
}

// Serving is the address of its reviews.
func (r *Replica) Serving() string { return fmt.Sprintf("%s:%d", r.Address, reviewPort) }

// noticed is how long a kubelet takes to see that a process has ended.
const noticed = time.Second

// probe asks /readyz as the kubelet does.
func (r *Replica) probe(ctx context.Context) bool {
	if r.ended() {
		return r.ready.Load() && time.Since(r.end) < noticed
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s:%d/readyz", r.Address, healthPort), nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, response.Body) // only the status counts
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}
