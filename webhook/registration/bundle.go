package registration

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/url"
	"slices"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/utils/ptr"
)

// maxAuthorities bounds the authorities in a bundle. An authority is valid for a year, so a bundle
// has more than a few only after repeated manual renewal.
const maxAuthorities = 10

// certificates returns the certificates of a bundle and skips everything else.
func certificates(bundle []byte) []*x509.Certificate {
	var list []*x509.Certificate
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			list = append(list, c)
		}
	}
	return list
}

// MergeCABundle returns a bundle with the required authority first, followed by the present
// ones. For a while, replicas can serve certificates of those, including certificates of
// cert-manager or the service CA after a change to --certs=managed. Expired authorities stay while
// there is room, because the clock of the writer may be wrong. A bundle that contains the required
// authority is returned unchanged.
func MergeCABundle(bundle []byte, required *x509.Certificate) []byte {
	present := certificates(bundle)
	if slices.ContainsFunc(present, required.Equal) && len(present) <= maxAuthorities {
		return bundle
	}
	slices.SortStableFunc(present, func(a, b *x509.Certificate) int { return b.NotBefore.Compare(a.NotBefore) })
	list := []*x509.Certificate{required}
	for _, c := range present {
		if !slices.ContainsFunc(list, c.Equal) && len(list) < maxAuthorities {
			list = append(list, c)
		}
	}
	var b bytes.Buffer
	for _, c := range list {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return b.Bytes()
}

// expirySoon is how long before its expiration a CA is reported.
const expirySoon = 7 * 24 * time.Hour

// CABundleProblem says what is wrong with the CA bundle of a webhook; empty if nothing is. A
// bundle is good as long as one of its certificates is.
func CABundleProblem(bundle []byte, now time.Time) string {
	return bundleProblem(bundle, now, expirySoon)
}

// bundleProblem counts a CA that expires within a time as a problem.
func bundleProblem(bundle []byte, now time.Time, soon time.Duration) string {
	if len(bundle) == 0 {
		return "has no caBundle, so API servers trust only public authorities; check that the issuer of the certificate is running"
	}
	var last time.Time
	for _, c := range certificates(bundle) {
		if c.NotAfter.After(last) {
			last = c.NotAfter
		}
	}
	switch {
	case last.IsZero():
		return "has a caBundle that contains no certificate"
	case now.After(last):
		return "has a caBundle whose last certificate expired at " + last.UTC().Format(time.RFC3339)
	case now.Add(soon).After(last):
		return "has a caBundle whose last certificate expires at " + last.UTC().Format(time.RFC3339)
	}
	return ""
}

// TrustProblem says why API servers do not accept a serving certificate, which is the first of a
// chain, from a webhook; empty if they do. Without a certificate, it looks at the bundle alone. It
// verifies as an API server does: with the bundle as the only authorities, and for the name in the
// configuration.
func TrustProblem(c admissionregistrationv1.WebhookClientConfig, chain []*x509.Certificate, now time.Time) string {
	if problem := bundleProblem(c.CABundle, now, 0); problem != "" || len(chain) == 0 {
		return problem
	}
	options := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: now, DNSName: serverName(c)}
	for _, a := range certificates(c.CABundle) {
		options.Roots.AddCert(a)
	}
	for _, i := range chain[1:] {
		options.Intermediates.AddCert(i)
	}
	if _, err := chain[0].Verify(options); err != nil {
		return fmt.Sprintf("has a caBundle with which the serving certificate of this replica is not trusted: %v", err)
	}
	return ""
}

// serverName is the name that API servers verify.
func serverName(c admissionregistrationv1.WebhookClientConfig) string {
	if s := c.Service; s != nil {
		return s.Name + "." + s.Namespace + ".svc"
	}
	u, err := url.Parse(ptr.Deref(c.URL, ""))
	if err != nil {
		return ""
	}
	return u.Hostname()
}
