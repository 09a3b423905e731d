package certs

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
)

// reloadEvery is how often the files are compared. A kubelet takes a minute or more to
// bring a changed Secret into a volume; what is added to that should not matter.
const reloadEvery = 3 * time.Second

// Files serves the certificate that another program (cert-manager, OpenShift's service CA)
// keeps fresh in a directory, as tls.crt and tls.key. It reloads by content: the links
// that a kubelet swaps make file events unreliable.
type Files struct {
	directory string
	now       func() time.Time
	log       logr.Logger
	current   atomic.Pointer[loaded]
}

type loaded struct {
	pair        Pair
	certificate *tls.Certificate
}

// NewFiles loads the pair in a directory. The error says which file is missing or wrong.
func NewFiles(directory string, now func() time.Time, log logr.Logger) (*Files, error) {
	f := &Files{directory: directory, now: now, log: log}
	if _, err := f.reload(); err != nil {
		return nil, err
	}
	return f, nil
}

// GetCertificate returns the certificate for a handshake (tls.Config.GetCertificate).
func (f *Files) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	current := f.current.Load()
	if current == nil {
		return nil, errors.New("no serving certificate is loaded")
	}
	return current.certificate, nil
}

// NotAfter is when the certificate expires.
func (f *Files) NotAfter() time.Time {
	return f.current.Load().certificate.Leaf.NotAfter
}

// Ready says why reviews can't be served, nil if they can: API servers refuse a certificate
// that has expired.
func (f *Files) Ready() error {
	if end := f.NotAfter(); f.now().After(end) {
		return fmt.Errorf("the serving certificate expired at %s and was not renewed in %s", end.UTC().Format(time.RFC3339), f.directory)
	}
	return nil
}

// Run reloads until ctx ends. A pair that can't be used is reported once, and the last
// good one serves on.
func (f *Files) Run(ctx context.Context) error {
	ticker := time.NewTicker(reloadEvery)
	defer ticker.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		changed, err := f.reload()
		switch {
		case err != nil && err.Error() != last:
			last = err.Error()
			f.log.Error(err, "the serving certificate was not reloaded; the previous one stays in use")
		case err == nil && changed:
			last = ""
			f.log.Info("serving certificate reloaded", "notAfter", f.NotAfter().UTC().Format(time.RFC3339))
		}
	}
}

// reload reads the files and takes a new pair over if it can serve.
func (f *Files) reload() (changed bool, err error) {
	var pair Pair
	if pair.Certificate, err = os.ReadFile(filepath.Join(f.directory, "tls.crt")); err != nil {
		return false, fmt.Errorf("read certificate: %w", err)
	}
	if pair.Key, err = os.ReadFile(filepath.Join(f.directory, "tls.key")); err != nil {
		return false, fmt.Errorf("read key: %w", err)
	}
	current := f.current.Load()
	if current != nil && bytes.Equal(current.pair.Certificate, pair.Certificate) && bytes.Equal(current.pair.Key, pair.Key) {
		return false, nil
	}
	certificate, err := pair.Check(f.now())
	if err != nil {
		return false, fmt.Errorf("%s: %w", f.directory, err)
	}
	f.current.Store(&loaded{pair, certificate})
	return true, nil
}
