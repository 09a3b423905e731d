package registration

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"time"
)

// AuthorityName is the common name of the authorities that Sluice makes for itself.
const AuthorityName = "sluice-webhook-ca"

// maxAuthorities is how many authorities a bundle keeps. They live for a year; more than a
// few come only from an authority that is made anew by hand again and again.
const maxAuthorities = 10

// certificates are those of a bundle; what is something else is left out.
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

// Union is a bundle with the required authority, which comes first, and those that the
// bundle has: replicas may serve certificates of them for a while, also of cert-manager's or
// the service CA's after a change to --certs=managed. Those that have expired harm nobody
// and stay as well, as long as there is room: the clock of who writes may be wrong. A bundle
// that has the required one is returned as it is.
func Union(bundle []byte, required *x509.Certificate) []byte {
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

// soon is how long before its end a CA is worth a word.
const soon = 7 * 24 * time.Hour

// Trust says what is wrong with the CA that the API server trusts a webhook by; empty if
// nothing is. A bundle is good as long as one of its certificates is.
func Trust(bundle []byte, now time.Time) string {
	if len(bundle) == 0 {
		return "has no caBundle, so the API server trusts only public authorities; is the certificate's issuer running?"
	}
	var last time.Time
	for _, c := range certificates(bundle) {
		if c.NotAfter.After(last) {
			last = c.NotAfter
		}
	}
	switch {
	case last.IsZero():
		return "has a caBundle without a certificate in it"
	case now.After(last):
		return "has a caBundle whose last certificate expired at " + last.UTC().Format(time.RFC3339)
	case now.Add(soon).After(last):
		return "has a caBundle whose last certificate expires at " + last.UTC().Format(time.RFC3339)
	}
	return ""
}
