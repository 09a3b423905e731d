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

	corev1 "k8s.io/api/core/v1"
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

	cmd *exec.Cmd
	// ready is the readiness in the EndpointSlice; stopping means that the pod is being deleted.
	ready, stopping atomic.Bool
	// probed is the time of the last probe, and failures the number of consecutive failed probes.
	probed   time.Time
	failures int
	// done is closed when the process has ended; the next fields are the time and the error.
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

// Stop ends the replica like a kubelet, and waits.
func (r *Replica) Stop() error {
	r.stopping.Store(true)
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

// Kill ends the replica at once, like a crash.
func (r *Replica) Kill() {
	_ = r.cmd.Process.Kill() // it may have ended
	<-r.done
}

// ended reports whether the process has ended.
func (r *Replica) ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// Metrics is the URL of the metrics.
func (r *Replica) Metrics() string {
	return fmt.Sprintf("http://%s:%d/metrics", r.Address, metricsPort)
}

// Serving is the address of its reviews.
func (r *Replica) Serving() string { return fmt.Sprintf("%s:%d", r.Address, reviewPort) }

// Hang stops the process without ending it, so that it does not answer.
func (r *Replica) Hang() error {
	if err := r.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return fmt.Errorf("hang a replica: %w", err)
	}
	return nil
}

// noticed is how long a kubelet takes to see that a process has ended.
const noticed = time.Second

// probe reports whether a replica is ready: until it fails the probe as often as the manifests allow,
// its process has ended, or its pod is being deleted.
func (r *Replica) probe(ctx context.Context, manifest *corev1.Probe) bool {
	ready := r.ready.Load()
	period := time.Duration(manifest.PeriodSeconds) * time.Second
	switch {
	case r.stopping.Load():
		return false
	case r.ended():
		return ready && time.Since(r.end) < noticed
	case ready && time.Since(r.probed) < period: // a replica that is not ready is probed more often
		return true
	}
	r.probed = time.Now()
	if r.answers(ctx, time.Duration(manifest.TimeoutSeconds)*time.Second) {
		r.failures = 0
		return true
	}
	r.failures++
	return ready && r.failures < int(manifest.FailureThreshold)
}

// answers calls /readyz like a kubelet.
func (r *Replica) answers(ctx context.Context, timeout time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, timeout)
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
