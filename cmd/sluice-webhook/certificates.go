package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	"github.com/spf13/pflag"

	"sluice/certs"
	"sluice/certs/managed"
)

// certificateFlags say where the serving certificate comes from, and who may connect.
type certificateFlags struct {
	certs, directory            string
	secret                      string
	hosts                       []string
	lifetime, authorityLifetime time.Duration
	clientCA                    string
	minVersion                  string
}

func (f *certificateFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.certs, "certs", "", "where the serving certificate comes from: managed, made by Sluice itself, which also writes the caBundle of its registration; or files, kept fresh by others (default managed, or files with --cert-dir)")
	flags.StringVar(&f.directory, "cert-dir", "", "directory with tls.crt and tls.key for --certs=files, reloaded when their content changes")
	flags.StringVar(&f.secret, "ca-secret", "sluice-webhook-ca", "name of the Secret that keeps the authority of --certs=managed")
	flags.StringSliceVar(&f.hosts, "cert-host", nil, "DNS name or IP address that API servers call, for --certs=managed; may be repeated (default sluice-webhook.NAMESPACE.svc)")
	flags.DurationVar(&f.lifetime, "cert-lifetime", 7*24*time.Hour, "how long a certificate of --certs=managed is valid; renewed after two thirds of it")
	flags.DurationVar(&f.authorityLifetime, "ca-lifetime", 365*24*time.Hour, "how long the authority of --certs=managed is valid; renewed after two thirds of it")
	flags.StringVar(&f.clientCA, "client-ca", "", "PEM file of authorities; only clients with a certificate of one may connect (default: anybody)")
	flags.StringVar(&f.minVersion, "tls-min-version", "1.3", "lowest TLS version to accept: 1.2 or 1.3")
}

// certificates are a source of serving certificates.
type certificates interface {
	GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error)
	NotAfter() time.Time
	// Ready says why there is no certificate that API servers take.
	Ready() error
	// Run keeps the certificate fresh until ctx ends.
	Run(ctx context.Context) error
}

// check sets the defaults that depend on other flags.
func (f *certificateFlags) check() error {
	switch {
	case f.certs == "" && f.directory != "":
		f.certs = "files"
	case f.certs == "":
		f.certs = "managed"
	}
	switch {
	case f.certs != "managed" && f.certs != "files":
		return fmt.Errorf("--certs: %q is unknown; choose managed or files", f.certs)
	case f.certs == "files" && f.directory == "":
		return errors.New("--cert-dir is missing; name the directory with tls.crt and tls.key, or set --certs=managed")
	case f.certs == "managed" && f.directory != "":
		return errors.New("--cert-dir is for --certs=files; leave one of the two out")
	case f.minVersion != "1.2" && f.minVersion != "1.3":
		return fmt.Errorf("--tls-min-version: %q is unknown; choose 1.2 or 1.3", f.minVersion)
	}
	return nil
}

// tlsVersion is the lowest TLS version.
func (f *certificateFlags) tlsVersion() uint16 {
	if f.minVersion == "1.2" {
		return tls.VersionTLS12
	}
	return tls.VersionTLS13
}

// verifyClient checks the certificates of clients; nil if none is wanted.
func (f *certificateFlags) verifyClient() (func(tls.ConnectionState) error, error) {
	if f.clientCA == "" {
		return nil, nil //nolint:nilnil // nothing to check is no error
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
		REST: api.config, Client: api.dynamic, Namespace: api.namespace, Secret: f.secret, Hosts: hosts,
		AuthorityLifetime: f.authorityLifetime, Lifetime: f.lifetime,
		Registration: api.registration, Now: time.Now, Log: log,
	})
	if err != nil {
		return nil, fmt.Errorf("--certs=managed: %w", err)
	}
	return source, nil
}
