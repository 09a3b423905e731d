package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"sigs.k8s.io/yaml"

	"sluice/manifests"
	"sluice/test/harness/testca"
	"sluice/webhook/registration"
)

// Sluice is a running sluice-webhook.
type Sluice struct {
	// Process ID of the webhook.
	PID int
	// URL of the reviews, Bundle the CA to trust for it.
	URL    string
	Bundle []byte
	// Metrics is the URL of the metrics.
	Metrics string
	// Authority issued the certificate, which is reloaded from TLSDir.
	Authority *testca.Authority
	TLSDir    string

	health string
	cmd    *exec.Cmd
	done   chan error
}

// StartSluice starts the webhook on loopback with its own certificate, and waits until it is ready.
// log receives its log. Without a flag for that, it reads no policies.
func StartSluice(ctx context.Context, program, dir string, log io.Writer, flags ...string) (*Sluice, error) {
	s, err := LaunchSluice(program, dir, log, flags...)
	if err != nil {
		return s, err
	}
	return s, waitReady(ctx, s.health, s.done)
}

// LaunchSluice is StartSluice for a webhook that may not become ready. It does not wait.
func LaunchSluice(program, dir string, log io.Writer, flags ...string) (*Sluice, error) {
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	authority, err := testca.New("sluice-test", time.Now(), 30*24*time.Hour, rand.Reader)
	if err != nil {
		return nil, err
	}
	tls := filepath.Join(dir, "tls")
	if err := WritePair(authority, tls, 7*24*time.Hour); err != nil {
		return nil, err
	}
	s := &Sluice{
		URL:     "https://" + ports[0],
		Bundle:  authority.Bundle(),
		Metrics: "http://" + ports[1] + "/metrics",

		Authority: authority,
		TLSDir:    tls,
		health:    "http://" + ports[2] + "/readyz",
		done:      make(chan error, 1),
	}
	args := append([]string{"--cert-dir", tls, "--bind", ports[0], "--metrics-bind", ports[1], "--health-bind", ports[2], "--drain", "0s", "--policies=off"}, flags...)
	s.cmd = exec.Command(program, args...) //nolint:noctx // it outlives ctx; Stop ends it
	s.cmd.Stderr = log
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start sluice: %w", err)
	}
	s.PID = s.cmd.Process.Pid
	go func() { s.done <- s.cmd.Wait() }()
	return s, nil
}

// WritePair issues a certificate for loopback, valid for a time from now, into a folder.
func WritePair(authority *testca.Authority, dir string, valid time.Duration) error {
	pair, err := authority.Issue([]string{"127.0.0.1", "localhost"}, time.Now(), valid)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create a folder: %w", err)
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "tls.crt"), pair.Certificate, 0o600),
		os.WriteFile(filepath.Join(dir, "tls.key"), pair.Key, 0o600),
	)
}

// freePorts returns unused loopback addresses.
func freePorts(n int) ([]string, error) {
	addresses := make([]string, n)
	for i := range addresses {
		listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // returns at once
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer listener.Close()
		addresses[i] = listener.Addr().String()
	}
	return addresses, nil
}

// waitReady polls /readyz at a URL until it is ready. done holds the error of a process that ended.
func waitReady(ctx context.Context, url string, done chan error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return poll(ctx, func(ctx context.Context) (bool, error) {
		select {
		case err := <-done:
			done <- err
			return false, fmt.Errorf("sluice ended: %w", err)
		default:
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return false, err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false, nil //nolint:nilerr // not listening yet
		}
		return response.StatusCode == http.StatusOK, response.Body.Close()
	})
}

// Pause is how long to wait before one asks again. To ask may take a program, and a core: others get the core for
// three times as long. What takes seconds is not asked for every few milliseconds.
func Pause(began, asked time.Time) time.Duration {
	return max(10*time.Millisecond, min(3*time.Since(asked), time.Second), min(time.Since(began)/20, 200*time.Millisecond))
}

// poll calls a function every few milliseconds until it returns true or an error, or ctx ends.
func poll(ctx context.Context, ask func(context.Context) (bool, error)) error {
	began := time.Now()
	for {
		asked := time.Now()
		if done, err := ask(ctx); done || err != nil {
			return err
		}
		pause := time.NewTimer(Pause(began, asked))
		select {
		case <-ctx.Done():
			pause.Stop()
			return fmt.Errorf("wait: %w", ctx.Err())
		case <-pause.C:
		}
	}
}

// Stop ends the process and waits for it.
func (s *Sluice) Stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop sluice: %w", err)
	}
	err := <-s.done
	s.done <- err
	return err
}

// Register installs the webhook configurations of manifests/ for a webhook on loopback, like the
// overlay for control-plane nodes, and waits until the API server uses them.
func (c *ControlPlane) Register(ctx context.Context, s *Sluice) error {
	if err := c.RegisterUnguarded(ctx, s); err != nil {
		return err
	}
	return c.WaitRefused(ctx, "192.0.2.1", "sluice/missing-port")
}

// RegisterUnguarded installs the webhook configurations for a webhook that refuses nothing. They have
// the rules that the controller would write.
func (c *ControlPlane) RegisterUnguarded(ctx context.Context, s *Sluice) error {
	local, err := pointAt(manifests.Registration(), s)
	if err != nil {
		return err
	}
	apply := Command{User: Admin, Stdin: local, Args: []string{"apply", "--server-side", "--force-conflicts", "-f", "-"}}
	_, err = c.Must(ctx, apply)
	return err
}

// Unregister removes the webhook configurations, and waits until the API server does not use them.
func (c *ControlPlane) Unregister(ctx context.Context) error {
	remove := []string{"delete", "--ignore-not-found", "mutatingwebhookconfiguration/sluice", "validatingwebhookconfiguration/sluice"}
	if _, err := c.Must(ctx, Command{User: Admin, Args: remove}); err != nil {
		return err
	}
	return c.waitFor(ctx, "192.0.2.1", func(r Result) bool { return !strings.Contains(r.All(), "sluice") })
}

// WaitRefused waits until creating a Network with the collector is refused with the text,
// in a dry run. The API server then uses the webhook.
func (c *ControlPlane) WaitRefused(ctx context.Context, collector, text string) error {
	return c.waitFor(ctx, collector, func(r Result) bool { return !r.OK() && strings.Contains(r.All(), text) })
}

func (c *ControlPlane) waitFor(ctx context.Context, collector string, seen func(Result) bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	probe := fmt.Sprintf(`{"apiVersion":"operator.openshift.io/v1","kind":"Network","metadata":{"name":"probe"},
"spec":{"exportNetworkFlows":{"netFlow":{"collectors":[%q]}}}}`, collector)
	command := Command{User: Admin, Stdin: probe, Args: []string{"create", "--dry-run=server", "-f", "-"}}
	return poll(ctx, func(ctx context.Context) (bool, error) {
		result, err := c.Run(ctx, command)
		return err == nil && seen(result), err
	})
}

// pointAt replaces the service in each clientConfig by a URL, and adds the rules.
func pointAt(text string, s *Sluice) (string, error) {
	rules, err := registration.Rules()
	if err != nil {
		return "", err
	}
	mutating, validating, _ := strings.Cut(text, "\n---\n")
	var m admissionregistrationv1.MutatingWebhookConfiguration
	var v admissionregistrationv1.ValidatingWebhookConfiguration
	if err := errors.Join(yaml.UnmarshalStrict([]byte(mutating), &m), yaml.UnmarshalStrict([]byte(validating), &v)); err != nil {
		return "", fmt.Errorf("parse the registration: %w", err)
	}
	for i := range m.Webhooks {
		m.Webhooks[i].Rules = rules[m.Webhooks[i].Name]
		s.point(&m.Webhooks[i].ClientConfig, "/mutate")
	}
	for i := range v.Webhooks {
		v.Webhooks[i].Rules = rules[v.Webhooks[i].Name]
		s.point(&v.Webhooks[i].ClientConfig, "/validate")
	}
	first, err1 := yaml.Marshal(m)
	second, err2 := yaml.Marshal(v)
	return string(first) + "---\n" + string(second), errors.Join(err1, err2)
}

func (s *Sluice) point(to *admissionregistrationv1.WebhookClientConfig, path string) {
	url := s.URL + path
	*to = admissionregistrationv1.WebhookClientConfig{URL: &url, CABundle: s.Bundle}
}
