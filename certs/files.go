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

// reloadPeriod is how often the files are compared. It is short compared with the minute or more
// that a kubelet takes to update a Secret in a volume.
const reloadPeriod = 3 * time.Second

// Files serves the certificate that another program, such as cert-manager or OpenShift's service
// CA, renews in a directory, as tls.crt and tls.key. It compares the content, because file events
// are unreliable for the links that a kubelet replaces.
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

// NewFiles loads the pair in a directory. The error says which file is missing or invalid.
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

// NotAfter returns when the certificate expires.
func (f *Files) NotAfter() time.Time {
	return f.current.Load().certificate.Leaf.NotAfter
}

// Ready returns an error if the certificate has expired, because API servers reject it then.
func (f *Files) Ready() error {
	if end := f.NotAfter(); f.now().After(end) {
		return fmt.Errorf("the serving certificate expired at %s and was not renewed in %s", end.UTC().Format(time.RFC3339), f.directory)
	}
	return nil
}

// Run reloads until ctx ends. A pair that can't be used is reported once, and the previous one
// stays in use.
func (f *Files) Run(ctx context.Context) error {
	ticker := time.NewTicker(reloadPeriod)
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

// reload reads the files, and uses a new pair if it is valid.
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
