package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"sluice/test/harness/cluster"
	"sluice/test/harness/testca"
)

// noopCommand runs this program as a webhook that allows everything.
const noopCommand = "noop-webhook"

const noopProbe = "the no-op webhook saw the probe"

// serveNoop answers each review with "allowed". It reads only the UID.
func serveNoop(args []string) error {
	if len(args) != 2 {
		return errors.New("want ADDRESS DIR")
	}
	server := &http.Server{
		Addr:              args[0],
		ReadHeaderTimeout: time.Minute,
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"}},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			_, rest, _ := bytes.Cut(body, []byte(`"uid":"`))
			uid, _, _ := bytes.Cut(rest, []byte(`"`))
			w.Header().Set("Content-Type", "application/json")
			// The harness waits for this refusal, which shows that the API server calls this webhook.
			if bytes.Contains(body, []byte(`"name":"probe"`)) {
				fmt.Fprintf(w, `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":%q,"allowed":false,"status":{"message":%q}}}`, uid, noopProbe)
				return
			}
			fmt.Fprintf(w, `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":%q,"allowed":true}}`, uid)
		}),
	}
	return server.ListenAndServeTLS(filepath.Join(args[1], "tls.crt"), filepath.Join(args[1], "tls.key"))
}

// startNoop starts the no-op webhook, and returns what Register needs.
func (b *bench) startNoop(ctx context.Context) (*cluster.Sluice, func(), error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, nil, err
	}
	dir := filepath.Join(b.dir, "noop")
	authority, err := testca.New("noop", time.Now(), time.Hour, rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	pair, err := authority.Issue([]string{"127.0.0.1"}, time.Now(), time.Hour)
	if err != nil {
		return nil, nil, err
	}
	if err := errors.Join(os.MkdirAll(dir, 0o700),
		os.WriteFile(filepath.Join(dir, "tls.crt"), pair.Certificate, 0o600),
		os.WriteFile(filepath.Join(dir, "tls.key"), pair.Key, 0o600)); err != nil {
		return nil, nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.CommandContext(ctx, self, noopCommand, address, dir)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	stop := func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	return &cluster.Sluice{PID: cmd.Process.Pid, URL: "https://" + address, Bundle: authority.Bundle()}, stop, nil
}
