package managed

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var secrets = schema.GroupVersionResource{Version: "v1", Resource: "secrets"} //nolint:gochecknoglobals // a constant

// lookAgain is how often to write what is missing without a reason: a write may have failed.
const lookAgain = 10 * time.Second

// publish keeps every authority that this replica has served of, or is about to, in the
// registration.
func (s *Source) publish(ctx context.Context) error {
	go s.secret.RunWithContext(ctx)
	registered := s.config.Registration.Subscribe()
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	var seen []*x509.Certificate
	last := ""
	for {
		for _, item := range s.secret.GetStore().List() {
			if u, ok := item.(*unstructured.Unstructured); ok {
				seen = remember(seen, authorities(u.Object), s.config.Now())
			}
		}
		if len(seen) > 0 {
			err := s.config.Registration.Publish(ctx, s.config.Client, seen, s.config.Now())
			if err != nil && err.Error() != last && ctx.Err() == nil {
				s.config.Log.Error(err, "API servers are not told of the certificate authority; it is tried again")
				last = err.Error()
			} else if err == nil {
				last = ""
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.secret.Changes():
		case <-registered:
		case <-again.C:
		}
	}
}

// authorities are the certificates of a Secret of the authority.
func authorities(secret map[string]any) []*x509.Certificate {
	text, _, err := unstructured.NestedString(secret, "data", "tls.crt")
	if err != nil {
		return nil
	}
	encoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	block, _ := pem.Decode(encoded)
	if block == nil {
		return nil
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil || !certificate.IsCA {
		return nil
	}
	return []*x509.Certificate{certificate}
}

// maxSeen bounds what is remembered of authorities that are made anew again and again.
const maxSeen = 5

// remember puts new authorities in front and forgets those that have expired.
func remember(seen, found []*x509.Certificate, now time.Time) []*x509.Certificate {
	list := slices.Clone(found)
	for _, c := range seen {
		if now.Before(c.NotAfter) && !slices.ContainsFunc(list, c.Equal) {
			list = append(list, c)
		}
	}
	return list[:min(len(list), maxSeen)]
}

// split sorts hosts into DNS names and IP addresses.
func split(hosts []string) (names []string, addresses []net.IP) {
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			addresses = append(addresses, ip)
		} else {
			names = append(names, h)
		}
	}
	return names, addresses
}
