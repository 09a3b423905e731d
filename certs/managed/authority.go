package managed

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"sync"
	"time"

	cmtls "github.com/cert-manager/cert-manager/pkg/server/tls"
	"github.com/cert-manager/cert-manager/pkg/server/tls/authority"
)

// maxSkew is how far the clock of an API server may be behind, for certificates that are valid for
// days. Such an API server would reject a certificate whose validity starts now.
const maxSkew = 5 * time.Minute

// overlapping is the authority of cert-manager, but signs only when API servers trust the
// certificate. Until then, the previous certificate stays in use.
type overlapping struct {
	cmtls.Authority
	config Config
	// current returns the authority in the Secret with its key; false if it does not exist.
	current func() (tls.Certificate, bool)
	// served returns the certificate in use; nil if it does not exist.
	served func() *x509.Certificate

	mu     sync.Mutex
	reason string // why there is no new certificate; empty if there is no reason
}

// Sign signs a certificate for the hosts. The error says why there is no certificate yet.
func (o *overlapping) Sign(template *x509.Certificate) (*x509.Certificate, error) {
	certificate, reason, err := o.sign(template)
	if err != nil {
		return nil, err
	}
	if o.changed(reason) && reason != "" {
		o.config.Log.Info("no new serving certificate yet", "reason", reason)
	}
	if reason != "" {
		return nil, fmt.Errorf("%s: %w", reason, authority.ErrCertificateNotAvailable)
	}
	o.config.Log.Info("serving certificate created", "notAfter", certificate.NotAfter.UTC().Format(time.RFC3339))
	return certificate, nil
}

// sign returns the certificate, or the reason why it must not be served yet.
func (o *overlapping) sign(template *x509.Certificate) (certificate *x509.Certificate, reason string, err error) {
	template.DNSNames, template.IPAddresses = split(o.config.Hosts)
	signed, err := o.Authority.Sign(template) // also sets NotAfter of the template
	if err != nil {
		return nil, "", fmt.Errorf("sign: %w", err)
	}
	now := o.config.Now()
	ca, ok := o.current()
	switch {
	case !ok || !signedBy(signed, ca.Leaf):
		return nil, "the Secret of the certificate authority is still being read", nil // one of the two watches is late
	case now.Before(ca.Leaf.NotBefore):
		return nil, fmt.Sprintf("the certificate authority in Secret %s/%s is not valid before %s; the clock of this replica is slow, or the clock of the replica that created the authority was fast; correct the clocks and delete the Secret",
			o.config.Namespace, o.config.Secret, ca.Leaf.NotBefore.UTC().Format(time.RFC3339)), nil
	}
	template.NotBefore = now.Add(-o.config.skew())
	der, err := x509.CreateCertificate(rand.Reader, template, ca.Leaf, template.PublicKey, ca.PrivateKey)
	if err != nil {
		return nil, "", fmt.Errorf("sign: %w", err)
	}
	if certificate, err = x509.ParseCertificate(der); err != nil {
		return nil, "", fmt.Errorf("parse the signed certificate: %w", err)
	}
	since := now.Add(-o.config.settle())
	if served := o.served(); served != nil && !o.config.Registration.Trusts(served, now) {
		since = now // the present certificate is not trusted either
	}
	if !o.config.Registration.Trusts(certificate, since) {
		return nil, o.untrusted(), nil
	}
	return certificate, "", nil
}

func signedBy(certificate, authority *x509.Certificate) bool {
	return certificate.CheckSignatureFrom(authority) == nil
}

// untrusted returns why API servers don't trust the authority.
func (o *overlapping) untrusted() string {
	if injector := o.config.Registration.Injector(); injector != "" {
		return "the webhook configurations have the annotation " + injector + ", so another controller writes the caBundle; remove the annotation, or use --certs=files"
	}
	return "API servers don't trust the certificate authority yet: it is not in the webhook configurations, or was added only a moment ago"
}

// changed stores the reason, and reports whether it differs from the previous one.
func (o *overlapping) changed(reason string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.reason == reason {
		return false
	}
	o.reason = reason
	return true
}

// waiting returns why there is no new certificate; empty if there is no reason.
func (o *overlapping) waiting() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.reason
}
