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

// maxSkew is how far the clock of an API server may be behind, for certificates that live
// for days. One that is valid only from the second it was made would be refused there.
const maxSkew = 5 * time.Minute

// overlapping is cert-manager's authority, whose signature is given only for certificates
// that API servers trust already. Until then the one before stays in use.
type overlapping struct {
	cmtls.Authority
	config Config
	// current is the Secret's authority with its key; false if there is none.
	current func() (tls.Certificate, bool)
	// served is the certificate in use, nil if there is none.
	served func() *x509.Certificate

	mu  sync.Mutex
	why string
}

// Sign signs a certificate for the hosts. Its error says why there is none yet.
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
	o.config.Log.Info("serving certificate made", "notAfter", certificate.NotAfter.UTC().Format(time.RFC3339))
	return certificate, nil
}

// sign gives the certificate, or the reason why it must not be served yet.
func (o *overlapping) sign(template *x509.Certificate) (certificate *x509.Certificate, reason string, err error) {
	template.DNSNames, template.IPAddresses = split(o.config.Hosts)
	signed, err := o.Authority.Sign(template) // sets the template's end as well
	if err != nil {
		return nil, "", fmt.Errorf("sign: %w", err)
	}
	now := o.config.Now()
	ca, ok := o.current()
	switch {
	case !ok || !signedBy(signed, ca.Leaf):
		return nil, "the Secret of the authority is being read", nil // one of the two watches is behind
	case now.Before(ca.Leaf.NotBefore):
		return nil, fmt.Sprintf("the authority in Secret %s/%s is not valid before %s: the clock of this replica is behind, or that of the one that made it was ahead; when clocks are right, delete the Secret",
			o.config.Namespace, o.config.Secret, ca.Leaf.NotBefore.UTC().Format(time.RFC3339)), nil
	}
	template.NotBefore = now.Add(-o.config.skew())
	der, err := x509.CreateCertificate(rand.Reader, template, ca.Leaf, template.PublicKey, ca.PrivateKey)
	if err != nil {
		return nil, "", fmt.Errorf("sign: %w", err)
	}
	if certificate, err = x509.ParseCertificate(der); err != nil {
		return nil, "", fmt.Errorf("parse what was signed: %w", err)
	}
	since := now.Add(-o.config.settle())
	if served := o.served(); served != nil && !o.config.Registration.Trusts(served, now) {
		since = now // there is nothing to lose
	}
	if !o.config.Registration.Trusts(certificate, since) {
		return nil, o.untrusted(), nil
	}
	return certificate, "", nil
}

func signedBy(certificate, authority *x509.Certificate) bool {
	return certificate.CheckSignatureFrom(authority) == nil
}

// untrusted says why API servers don't trust the authority.
func (o *overlapping) untrusted() string {
	if injector := o.config.Registration.Injector(); injector != "" {
		return "the registration has the annotation " + injector + ", so somebody else writes its caBundle: remove it, or use --certs=files"
	}
	return "API servers don't trust the authority yet: it is not in the registration, or has not been long enough"
}

// changed takes a reason over, and reports whether it is another than before.
func (o *overlapping) changed(reason string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.why == reason {
		return false
	}
	o.why = reason
	return true
}

// waiting is why there is no new certificate, empty if there is no reason.
func (o *overlapping) waiting() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.why
}
