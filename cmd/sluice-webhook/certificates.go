package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	"github.com/spf13/pflag"

	"sluice/certs"
	"sluice/certs/managed"
)

// certificateFlags say where the serving certificate comes from, and which clients may connect.
type certificateFlags struct {
	certs, directory            string
	secret                      string
	hosts                       []string
	lifetime, authorityLifetime time.Duration
	clientCA                    string
	minVersion                  string
}

func (f *certificateFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.certs, "certs", "", "source of the serving certificate: managed, created by Sluice, which also writes the caBundle of the webhook configurations; or files, renewed by another program (default managed; files with --cert-dir)")
	flags.StringVar(&f.directory, "cert-dir", "", "directory with tls.crt and tls.key for --certs=files; reloaded when the content changes")
	flags.StringVar(&f.secret, "ca-secret", "sluice-webhook-ca", "name of the Secret with the certificate authority of --certs=managed")
	flags.StringSliceVar(&f.hosts, "cert-host", nil, "DNS name or IP address that API servers call, for --certs=managed; can be repeated (default sluice-webhook.NAMESPACE.svc)")
	flags.DurationVar(&f.lifetime, "cert-lifetime", 7*24*time.Hour, "lifetime of a certificate of --certs=managed; it is renewed after two thirds of the time")
	flags.DurationVar(&f.authorityLifetime, "ca-lifetime", 365*24*time.Hour, "lifetime of the certificate authority of --certs=managed; it is renewed after two thirds of the time")
	flags.StringVar(&f.clientCA, "client-ca", "", "PEM file with certificate authorities; only clients with a certificate from one of them may connect (default: all clients)")
	flags.StringVar(&f.minVersion, "tls-min-version", "1.3", "minimum TLS version: 1.2 or 1.3")
}

// certificates is a source of serving certificates.
type certificates interface {
	GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error)
	NotAfter() time.Time
	// Ready returns why there is no certificate that API servers accept; nil if there is one.
	Ready() error
	// Run renews the certificate until ctx ends.
	Run(ctx context.Context) error
}

// check rejects invalid flags and sets defaults that depend on other flags.
func (f *certificateFlags) check(role role) error {
	switch {
	case f.certs == "" && f.directory != "":
		f.certs = "files"
	case f.certs == "":
		f.certs = "managed"
	}
	switch {
	case f.certs != "managed" && f.certs != "files":
		return fmt.Errorf("--certs: %q is unknown; use managed or files", f.certs)
	case f.certs == "files" && f.directory == "" && role.serves():
		return errors.New("--cert-dir is missing; name the directory with tls.crt and tls.key, or set --certs=managed")
	case f.certs == "managed" && f.directory != "":
		return errors.New("--cert-dir is only for --certs=files; remove one of the two flags")
	case f.minVersion != "1.2" && f.minVersion != "1.3":
		return fmt.Errorf("--tls-min-version: %q is unknown; use 1.2 or 1.3", f.minVersion)
	}
	return nil
}

// tlsVersion is the minimum TLS version.
func (f *certificateFlags) tlsVersion() uint16 {
	if f.minVersion == "1.2" {
		return tls.VersionTLS12
	}
	return tls.VersionTLS13
}

// verifyClient returns the check of client certificates; nil without --client-ca.
func (f *certificateFlags) verifyClient() (func(tls.ConnectionState) error, error) {
	if f.clientCA == "" {
		return nil, nil //nolint:nilnil // nothing to check
	}
	authority, err := certs.NewClientAuthority(f.clientCA)
	if err != nil {
		return nil, fmt.Errorf("--client-ca: %w", err)
	}
	return authority.Verify, nil
}

// open prepares the source of certificates. Only --certs=managed needs the API server.
func (f *certificateFlags) open(api *apiServer, log logr.Logger) (certificates, error) {
	if f.certs == "files" {
		files, err := certs.NewFiles(f.directory, time.Now, log)
		if err != nil {
			return nil, fmt.Errorf("--cert-dir: %w", err)
		}
		return files, nil
	}
	hosts := f.hosts
	if len(hosts) == 0 {
		hosts = []string{"sluice-webhook." + api.namespace + ".svc"}
	}
	source, err := managed.New(managed.Config{
		Client: api.dynamic, Namespace: api.namespace, Secret: f.secret, Hosts: hosts, Lifetime: f.lifetime,
		Registration: api.registration, Watching: api.watching, Now: time.Now, Log: log,
	})
	if err != nil {
		return nil, fmt.Errorf("--certs=managed: %w", err)
	}
	return source, nil
}

// openAuthority prepares the certificate authority of --certs=managed; nil with --certs=files.
func (f *certificateFlags) openAuthority(api *apiServer, log logr.Logger) (runner, error) {
	if f.certs == "files" {
		return nil, nil //nolint:nilnil // nothing to run
	}
	authority, err := managed.NewAuthority(managed.AuthorityConfig{
		REST: api.config, Client: api.dynamic, Namespace: api.namespace, Secret: f.secret,
		Lifetime: f.authorityLifetime, LeafLifetime: f.lifetime, Registration: api.registration, Watching: api.watching, Log: log,
	})
	if err != nil {
		return nil, fmt.Errorf("--certs=managed: %w", err)
	}
	return authority, nil
}

// chain returns the certificate in use and its intermediates; empty if there is none.
func chain(source certificates) []*x509.Certificate {
	served, err := source.GetCertificate(nil)
	if err != nil {
		return nil
	}
	var list []*x509.Certificate
	for _, encoded := range served.Certificate {
		c, err := x509.ParseCertificate(encoded)
		if err != nil {
			return nil
		}
		list = append(list, c)
	}
	return list
}
